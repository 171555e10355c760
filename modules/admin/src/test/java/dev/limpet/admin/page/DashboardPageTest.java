package dev.limpet.admin.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.admin.RunningAdmin;
import dev.limpet.dashboard.DashboardFiles;
import dev.limpet.model.secret.TokenHash;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dashboard's files, as a browser gets them from a listener that asks for tokens. */
class DashboardPageTest {

  private static final String READER = TokenHash.newToken(new SecureRandom());

  private static RunningAdmin admin;

  @BeforeAll
  static void start() throws Exception {
    admin =
        new RunningAdmin(
            """
            upstreams.nodejs.servers = [{ address = "10.0.0.5:3000" }]
            hosts = [{ routes = [{ path = "/", upstream = nodejs }] }]
            admin.tokens = [{ name = ann, role = read, hash = "%s" }]
            """
                .formatted(TokenHash.of(READER).orElseThrow().written()),
            UnaryOperator.identity());
    admin.awaitReady();
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
  }

  @Test
  void anybodyGetsThePageButNoDataWithoutAToken() throws Exception {
    HttpResponse<String> page = admin.ask("GET", "/", "");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=UTF-8");
    assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-cache");
    assertThat(admin.ask("GET", "/api/v1/whoami", "").statusCode()).isEqualTo(401);
    assertThat(admin.ask("GET", "/api/v1/state", "").statusCode()).isEqualTo(401);
  }

  /** So the page knows which buttons its user has. */
  @Test
  void whoShowsATokenHearsWhoItIsAndWhatItMayDo() throws Exception {
    JsonNode who =
        RunningAdmin.json(
            admin.ask("GET", "/api/v1/whoami", "", "Authorization: Bearer " + READER));
    assertThat(who.path("name").asText()).isEqualTo("ann");
    assertThat(who.path("role").asText()).isEqualTo("read");
    assertThat(who.path("proven").asBoolean()).isTrue();
  }

  @Test
  void nothingButItsOwnFilesMayRunInThePage() throws Exception {
    for (String path : new String[] {"/", script()}) {
      HttpResponse<String> file = admin.ask("GET", path, "");
      assertThat(file.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
          .doesNotContain("unsafe", "http:", "https:", "*");
      assertThat(file.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(file.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    }
  }

  @Test
  void whatDoesNotChangeIsFetchedOnce() throws Exception {
    HttpResponse<String> script = admin.ask("GET", script(), "");
    assertThat(script.statusCode()).isEqualTo(200);
    assertThat(script.headers().firstValue("Content-Type").orElse("")).contains("javascript");
    assertThat(script.headers().firstValue("Cache-Control").orElse("")).contains("immutable");
    HttpResponse<String> page = admin.ask("GET", "/", "");
    String tag = page.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> again = admin.ask("GET", "/", "", "If-None-Match: " + tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(admin.ask("GET", "/", "", "If-None-Match: \"other\"").statusCode()).isEqualTo(200);
  }

  @Test
  void filesComeCompressedToThoseWhoTakeThat() throws Exception {
    String name = script().substring("/assets/".length());
    DashboardFiles.Entry file = DashboardFiles.find(name).orElseThrow();
    HttpResponse<String> small = admin.ask("GET", script(), "", "Accept-Encoding: br, gzip");
    assertThat(small.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(small.headers().firstValueAsLong("Content-Length")).hasValue(file.gzipped().length);
    HttpResponse<String> whole = admin.ask("GET", script(), "");
    assertThat(whole.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(whole.headers().firstValueAsLong("Content-Length")).hasValue(file.content().length);
  }

  @Test
  void headIsAnsweredAndOrdersAreNot() throws Exception {
    assertThat(admin.ask("HEAD", "/", "").statusCode()).isEqualTo(200);
    assertThat(admin.ask("POST", "/", "{}", "Authorization: Bearer " + READER).statusCode())
        .isEqualTo(405);
    assertThat(admin.ask("GET", "/assets/none.js", "").statusCode()).isEqualTo(404);
    assertThat(admin.ask("GET", "/assets/..%2findex.html", "").statusCode()).isEqualTo(404);
  }

  @Test
  void aPageOfAnotherSiteMayNotAskForIt() throws Exception {
    assertThat(admin.ask("GET", "/", "", "Origin: http://evil.example").statusCode())
        .isEqualTo(403);
  }

  private static String script() throws Exception {
    Matcher source =
        Pattern.compile("src=\"(assets/[^\"]+)\"").matcher(admin.ask("GET", "/", "").body());
    assertThat(source.find()).isTrue();
    return "/" + source.group(1);
  }
}
