package dev.limpet.e2e.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.NpmPackages;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.testkit.Ports;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in a real browser, in front of three nodes under load. What is done there, and
 * looked at, is in {@code browser/dashboard.js}.
 */
class DashboardTest {

  private static final Path BROWSER = Path.of("browser").toAbsolutePath();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private final List<LimpetNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(LimpetNode::close);
  }

  @Test
  void whatThePageShowsIsSoAndWhatItDoesHappens() throws Exception {
    NpmPackages.install(BROWSER, directory);
    NpmPackages.install(ChatBackend.CHAT, directory);
    String operator = TokenHash.newToken(RANDOM);
    String reader = TokenHash.newToken(RANDOM);
    List<Integer> servers = List.of(Ports.free(), Ports.free(), Ports.free());
    for (int i = 1; i <= 3; i++) {
      nodes.add(new LimpetNode("node-" + i, directory));
    }
    String peers =
        nodes.stream()
            .map(node -> '"' + node.clusterAddress() + '"')
            .collect(Collectors.joining(", "));
    for (LimpetNode node : nodes) {
      node.start(
          """
          upstreams.nodejs {
            servers = [ { address = "127.0.0.1:%d" }, { address = "127.0.0.1:%d" } ]
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { name = site, path = "/", upstream = nodejs } ] } ]
          cluster.peers = [ %s ]
          admin.tokens = [
            { name = olga, role = admin, hash = "%s" }, { name = rita, role = read, hash = "%s" } ]
          """
              .formatted(servers.get(0), servers.get(1), peers, hash(operator), hash(reader)));
    }
    nodes.forEach(LimpetNode::awaitReady);
    String surroundings =
        JSON.writeValueAsString(
            Map.of(
                "chromium", BROWSER.resolveSibling("target").resolve("browser").toString(),
                "pages", nodes.stream().map(node -> node.adminUrl("/")).toList(),
                "sites", nodes.stream().map(node -> node.url("/")).toList(),
                "nodes", nodes.stream().map(node -> node.process().pid()).toList(),
                "servers", servers,
                "operator", operator,
                "reader", reader));
    try (Child browser =
        Child.start(
            "dashboard",
            directory,
            List.of("node", BROWSER.resolve("dashboard.js").toString(), surroundings),
            Map.of())) {
      assertThat(browser.awaitExit()).as(browser.output()).isZero();
    }
  }

  private static String hash(String token) {
    return TokenHash.of(token).orElseThrow().written();
  }
}
