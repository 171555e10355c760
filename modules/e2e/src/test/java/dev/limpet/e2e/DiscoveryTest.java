package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.DnsServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Servers of Node.js that come and go in DNS, while clients are bound to them. */
class DiscoveryTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  @Test
  void whoLeavesDnsKeepsItsClientsForATimeAndGetsNoNewOnes() throws IOException {
    try (DnsServer dns = new DnsServer();
        ChatBackend one = new ChatBackend("one", directory);
        ChatBackend two = new ChatBackend("two", directory);
        LimpetNode node = new LimpetNode("node-1", directory)) {
      dns.know(service(one), service(two), "local.test. 1 A 127.0.0.1");
      node.start(
          """
          upstreams.nodejs {
            discovery.dns { name = "_http._tcp.app.test.", resolvers = [ "127.0.0.1:%d" ], drain = 10s }
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          """
              .formatted(dns.port()));
      node.awaitReady();
      HttpResponse<String> first = LimpetNode.get(node.url("/whoami"));
      String home = name(first);
      String cookie =
          first.headers().allValues("set-cookie").stream()
              .filter(set -> set.startsWith("limpet="))
              .map(set -> set.replaceFirst(";.*", ""))
              .findFirst()
              .orElseThrow();
      assertThat(newClients(node)).containsExactlyInAnyOrder("one", "two");

      String other = home.equals("one") ? "two" : "one";
      dns.know(service(home.equals("one") ? two : one), "local.test. 1 A 127.0.0.1");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(newClients(node)).containsExactly(other));
      assertThat(node.admin("/api/v1/state").body()).contains("\"state\":\"drain\"");
      assertThat(name(LimpetNode.get(node.url("/whoami"), "Cookie", cookie)))
          .as("still bound")
          .isEqualTo(home);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(name(LimpetNode.get(node.url("/whoami"), "Cookie", cookie)))
                      .isEqualTo(other));
      JsonNode servers =
          JSON.readTree(node.admin("/api/v1/state").body()).at("/upstreams/nodejs/servers");
      assertThat(servers).hasSize(1);
    }
  }

  private static String service(ChatBackend backend) {
    return "_http._tcp.app.test. 1 SRV 1 1 " + backend.port() + " local.test.";
  }

  /** Who serves clients without a cookie. */
  private static Set<String> newClients(LimpetNode node) throws IOException {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      names.add(name(LimpetNode.get(node.url("/whoami"))));
    }
    return names;
  }

  private static String name(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body()).path("backend").asText();
  }
}
