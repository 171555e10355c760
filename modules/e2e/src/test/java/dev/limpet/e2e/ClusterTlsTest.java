package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.MountedSecret;
import dev.limpet.e2e.fixture.NodeCertificates;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.KeepAliveClients;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes over mutual TLS with one certificate, as pods have it, and those that would like to
 * be the fourth.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTlsTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final String NAME = "*.limpet-peers";
  private static final String NAMED = "cluster.tls.names = [ \"" + NAME + "\" ]\n";

  private static NodeCertificates certificates;
  private static MountedSecret secret;
  private static ChatBackend backend;
  private static List<LimpetNode> nodes;

  @BeforeAll
  static void start() throws IOException {
    certificates = certificates("certs");
    secret = new MountedSecret(directory.resolve("secret"));
    secret.put(MountedSecret.of(certificates, Files.readString(certificates.authority())));
    backend = new ChatBackend("backend-1", directory);
    nodes = LimpetNode.cluster(3, directory, List.of(backend), null, secret.settings() + NAMED);
  }

  @AfterAll
  static void stop() {
    nodes.forEach(LimpetNode::close);
    backend.close();
  }

  @Test
  @Order(1)
  void whoHasNoCertificateOfTheAuthorityGetsInNowhere() throws IOException {
    try (LimpetNode ignored = rogue("plain", "");
        LimpetNode other = rogue("other-authority", certificates("other").settings() + NAMED);
        LimpetNode staging =
            rogue("staging", secret.settings() + NAMED + "cluster.name = staging");
        LimpetNode unlisted = rogue("unlisted", secret.settings() + NAMED);
        Socket stranger =
            new Socket(InetAddress.getLoopbackAddress(), port(nodes.get(0).clusterAddress()))) {
      stranger
          .getOutputStream()
          .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      awaitLog(nodes.get(0), "refused the TLS connection from 127.0.0.1:");
      awaitLog(nodes.get(0), ": Unrecognized SSL message");
      awaitLog(
          other, "refused the TLS connection to %s: ".formatted(nodes.get(0).clusterAddress()));
      awaitLog(
          nodes.get(0),
          "refused the node at %s: its cluster.name is \"staging\", this node's is \"limpet\""
              .formatted(staging.clusterAddress()));
      awaitLog(
          staging,
          "refused the node at %s: its cluster.name is \"limpet\", this node's is \"staging\""
              .formatted(nodes.get(0).clusterAddress()));
      awaitLog(
          nodes.get(0),
          "refused the node at %s, which is not among this node's cluster.peers"
              .formatted(unlisted.clusterAddress()));
      String metrics = nodes.get(0).admin("/metrics").body();
      for (String kind : List.of("certificate", "name", "stranger")) {
        assertThat(metrics)
            .containsPattern("limpet_cluster_refused_total\\{kind=\"" + kind + "\"} [1-9]");
      }
      for (LimpetNode node : nodes) {
        assertThat(node.admin("/ready").statusCode()).isEqualTo(200);
        assertThat(node.admin("/api/v1/state").body())
            .doesNotContain("staging", "unlisted", "plain");
      }
    }
  }

  @Test
  @Order(2)
  void certificatesAreRotatedUnderLoad() throws IOException {
    NodeCertificates next = certificates("new");
    String old = Files.readString(certificates.authority());
    try (KeepAliveClients clients =
        new KeepAliveClients(
            8,
            nodes.stream().map(LimpetNode::port).toList(),
            List.of("GET /whoami HTTP/1.1\r\nHost: localhost\r\n\r\n"))) {
      // First everybody trusts both authorities, then the certificates change, then the old one
      // goes.
      String now = Files.readString(next.authority());
      secret.put(MountedSecret.of(certificates, old + now));
      restart(nodes.get(0), clients);
      secret.put(MountedSecret.of(next, old + now));
      restart(nodes.get(1), clients);
      secret.put(MountedSecret.of(next, now));
      restart(nodes.get(2), clients);
      awaitLog(nodes.get(0), "the cluster's certificates were read again");
      assertThat(clients.failures()).isEmpty();
    }
  }

  /** So that connections are made anew. */
  private static void restart(LimpetNode node, KeepAliveClients clients) {
    long before = clients.answered();
    node.process().terminate();
    assertThat(node.process().awaitExit()).isZero();
    node.restart();
    nodes.forEach(LimpetNode::awaitReady);
    await().until(() -> clients.answered() > before + 100);
  }

  private static NodeCertificates certificates(String name) {
    return NodeCertificates.make(directory, name, List.of(NAME));
  }

  /** A node with the cluster's peers and itself. */
  private static LimpetNode rogue(String name, String more) {
    LimpetNode rogue = new LimpetNode(name, directory);
    List<String> peers = new ArrayList<>();
    nodes.forEach(node -> peers.add("\"" + node.clusterAddress() + "\""));
    peers.add("\"" + rogue.clusterAddress() + "\"");
    rogue.start(
        """
        upstreams.nodejs { servers = [ { address = "127.0.0.1:%d" } ] }
        hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
        cluster.peers = [ %s ]
        %s
        """
            .formatted(Ports.free(), String.join(", ", peers), more));
    return rogue;
  }

  private static void awaitLog(LimpetNode node, String text) {
    await(node.name() + ": " + text)
        .atMost(Duration.ofSeconds(60))
        .until(() -> node.process().output().contains(text));
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
