package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.limpet.e2e.changes.NodeApi;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.NpmPackages;
import dev.limpet.e2e.fixture.UnderTarget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A page of another site, in a real browser on an operator's machine, at the admin listener. */
class CrossSiteTest {

  private static final Path BROWSER = Path.of("browser").toAbsolutePath();

  /** Tries all that pages can do, and tells its own server what came of it. */
  private static final String PAGE =
      """
      <!doctype html><meta charset="utf-8"><body><script>
      const server = 'ADMIN/api/v1/upstreams/nodejs/servers/127.0.0.1:3001';
      const drain = JSON.stringify({ state: 'drain' });
      const tries = {
        'json': () => fetch(server, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: drain }),
        'merge-patch': () => fetch(server, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json' }, body: drain }),
        'text': () => fetch(server, { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body: drain }),
        'reload': () => fetch('ADMIN/api/v1/reload', { method: 'POST', mode: 'no-cors' }),
        'discard': () => fetch('ADMIN/api/v1/changes/discard', { method: 'POST', mode: 'no-cors' }),
        'delete': () => fetch(server, { method: 'DELETE' }),
        'read': () => fetch('ADMIN/api/v1/state').then(answer => answer.text()),
      };
      (async () => {
        const results = [];
        for (const [name, attempt] of Object.entries(tries)) {
          try {
            const answer = await attempt();
            results.push(name + '=' + (answer.type || 'readable') + answer.status);
          } catch (failure) {
            results.push(name + '=refused');
          }
        }
        await fetch('/report?' + encodeURIComponent(results.join(' ')));
      })();
      </script></body>
      """;

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void aPageOfAnotherSiteChangesNothingAndReadsNothing() throws Exception {
    NpmPackages.install(BROWSER, directory);
    LimpetNode node = new LimpetNode("node-1", directory);
    AtomicReference<String> report = new AtomicReference<>("");
    HttpServer site =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (node) {
      node.start(
          """
          upstreams.nodejs { servers = [ { address = "127.0.0.1:3001" } ], health.initial = up }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          """);
      node.awaitReady();
      String page = PAGE.replace("ADMIN", node.adminUrl(""));
      site.createContext(
          "/",
          exchange -> {
            String query = exchange.getRequestURI().getRawQuery();
            if (exchange.getRequestURI().getPath().equals("/report")) {
              report.set(URLDecoder.decode(query, StandardCharsets.UTF_8));
            }
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      site.start();
      try (Child browser =
          Child.start(
              "browser",
              directory,
              List.of(
                  "node",
                  BROWSER.resolve("open.js").toString(),
                  BROWSER.resolveSibling("target").resolve("browser").toString(),
                  "http://localhost:" + site.getAddress().getPort() + "/"),
              Map.of())) {
        await("the page has tried").until(() -> !report.get().isEmpty());
        browser.terminate();
        browser.awaitExit();
      }
      assertThat(report.get())
          .contains("json=refused", "merge-patch=refused", "delete=refused", "read=refused");
      NodeApi api = new NodeApi(node.adminAddress());
      assertThat(api.get("/api/v1/changes").body().path("changes")).isEmpty();
      assertThat(node.process().output()).doesNotContain("read again");

      // What the page asked for is what an operator may.
      assertThat(
              api.send(
                      "PATCH",
                      "/api/v1/upstreams/nodejs/servers/127.0.0.1:3001",
                      "{\"state\": \"drain\"}")
                  .status())
          .isEqualTo(200);
    } finally {
      site.stop(0);
    }
  }
}
