package dev.limpet.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Regular expressions and those who send what they are slow with: nobody waits, and nothing breaks.
 */
class ExpressionsTest {

  private static final String ROUTES =
      """
      limpet {
        limits.max-target-size = 20k
        limits.max-header-size = 20k
        hosts = [
          { names = [ app.example ]
            routes = [
              { path = "~ ^/(a|b|c)*$", respond { body = overflowing } }
              { path = "~ ^(/|/x+)*y$", respond { body = exponential } }
              { path = "~ .*[.](png|jpg)$", respond { body = quadratic } }
              { path = "~ ^/old/([^/]+)/(?<rest>.*)", redirect { to = "/new/{rest}/{1}" } }
              { path = "/", headers { x-match = "~ (x+x+)+y" }, respond { body = header } }
              { path = "/innocent", upstream = app }
              { path = "/", respond { body = rest } }
            ] }
        ]
      }
      """;

  @Test
  void keepNobodyWaiting() {
    try (NamedOrigin server = new NamedOrigin("a");
        ProxyFixture proxy = new ProxyFixture(ROUTES, server.port())) {
      assertThat(proxy.get("/" + "abc".repeat(700))).endsWith("overflowing");
      assertThat(proxy.get("/old/one/two?q")).contains("\r\nLocation: /new/two/one\r\n");
      String attack = "/" + "/x".repeat(3_500) + "-".repeat(1_000);
      List<CompletableFuture<String>> attacks = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        attacks.add(proxy.getLater(attack));
        attacks.add(proxy.getLater("/h", "X-Match: " + "x".repeat(10_000)));
      }
      long begin = System.nanoTime();
      assertThat(proxy.get("/innocent")).endsWith("a");
      assertThat(System.nanoTime() - begin).isLessThan(30_000_000_000L);
      assertThat(attacks).allSatisfy(one -> assertThat(one.join()).startsWith("HTTP/1.1 200 "));
      assertThat(proxy.proxy().loops().faults()).isZero();
    }
  }
}
