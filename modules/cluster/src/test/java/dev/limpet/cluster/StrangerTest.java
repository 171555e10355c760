package dev.limpet.cluster;

import static dev.limpet.model.settings.Settings.Replicate.QUORUM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorSystem;
import akka.actor.Address;
import akka.actor.Identify;
import akka.actor.Kill;
import akka.actor.PoisonPill;
import akka.cluster.ClusterUserAction;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.Replicator;
import akka.pattern.Patterns;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.cluster.port.Gate;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.SessionKey;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What comes in at the cluster port of nodes without TLS that no node has sent. */
class StrangerTest {

  private static final Duration SHORTLY = Duration.ofSeconds(60);

  private static final List<String> ACTORS =
      List.of(
          "/system/limpet-cluster",
          "/system/limpet-cluster/health",
          "/system/limpet-cluster/dns",
          "/system/limpet-sessions",
          "/system/limpet-formation",
          "/system/limpet-watchman",
          "/system/cluster",
          "/system/cluster/core",
          "/system/cluster/core/daemon",
          "/system/cluster/heartbeatReceiver",
          "/system/ddataReplicator",
          "/system",
          "/user",
          "/remote");

  private final int[] peers = {Ports.free(), Ports.free(), Ports.free()};
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    ((Logger) LoggerFactory.getLogger("dev.limpet")).addAppender(lines);
  }

  @AfterEach
  void listenNoMore() {
    ((Logger) LoggerFactory.getLogger("dev.limpet")).detachAppender(lines);
  }

  @Test
  void whatNoNodeSendsChangesNothing() throws IOException {
    try (TestNode first = TestNode.start(peers[0], peers, 1);
        TestNode second = TestNode.start(peers[1], peers, 1)) {
      first.awaitReady();
      second.awaitReady();
      first.awaitMembers(2);
      HostPort at = new HostPort("127.0.0.1", peers[0]);
      HostPort other = new HostPort("127.0.0.1", peers[1]);

      try (Stranger elsewhere = Stranger.at("staging", Ports.free());
          Stranger unknown = Stranger.at("limpet", Ports.free())) {
        elsewhere.tell(at, "/system/limpet-cluster", "hello");
        unknown.tell(at, "/system/limpet-cluster", "hello");
        awaitLine(
            "refused the node at %s: its cluster.name is \"staging\", this node's is \"limpet\""
                .formatted(elsewhere.hostPort()));
        awaitLine(
            "refused the node at %s, which is not among this node's cluster.peers"
                .formatted(unknown.hostPort()));
      }
      try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), peers[0])) {
        plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        awaitLine(
            "refused a connection from 127.0.0.1:"
                + plain.getLocalPort()
                + ", which is no node's: ");
      }

      // The worst: it is where a peer should be.
      try (Stranger peer = Stranger.at("limpet", peers[2])) {
        attack(peer, at, other);
        awaitCount(first.cluster().gate(), "message", 60);
        awaitCount(first.cluster().gate(), "actor", 8);
        awaitLine(
            "refused a message that no node sends: serializer id [16] and manifest [P]; it is from 127.0.0.1:"
                + peers[2]);
        awaitLine(
            "refused a message of the membership that no node sends: D; it is from 127.0.0.1:"
                + peers[2]);
        assertThat(lines.list).hasSizeLessThan(100);
        assertThat(canRead(peer.system(), peer.address(at))).as("reads the keys").isFalse();
        assertWell(first, 1);
        assertWell(second, 2);

        peer.cluster().join(new Address("akka", "limpet", "127.0.0.1", peers[0]));
        first.awaitMembers(3);
        List<String> keys = first.keys();
        peer.write("cookie-keys", "0", "not hex");
        peer.write("cookie-keys", "1", "00");
        peer.write(
            "declarations", peer.cluster().selfUniqueAddress().toString(), "{\"servers\":[{}]}");
        peer.write("verdicts", "x", "UP ");
        peer.write("verdicts", "x|y", "SPLENDID ");
        peer.write("ejections", "x", "y");
        peer.write("loads", "x", "many");
        peer.write("answers", "x", "5");
        peer.write("alarms", "x|y", "soon");
        for (TestNode node : List.of(first, second)) {
          awaitCount(node.cluster().gate(), "value", 9);
          assertThat(node.keys()).isEqualTo(keys);
        }
        awaitLine(
            "refused what stands in the map \"cookie-keys\" under \"0\": it cannot be read, and is left out;"
                + " the node at 127.0.0.1:"
                + peers[2]
                + " wrote it");
        second.awaitMembers(3);
        assertWell(first, 3);
        assertWell(second, 4);
      }
    }
  }

  private static void attack(Stranger stranger, HostPort at, HostPort other) {
    Address victim = new Address("akka", "limpet", other.host(), other.port());
    for (String path : ACTORS) {
      stranger.tell(at, path, PoisonPill.getInstance());
      stranger.tell(at, path, Kill.getInstance());
      stranger.tell(at, path, new ClusterUserAction.Down(victim));
      stranger.tell(at, path, new ClusterUserAction.Leave(victim));
      stranger.tell(at, path, "hello");
      stranger.tell(at, path, new Identify(1));
      stranger.stop(at, path);
    }
    stranger.tell(at, "/system/*", PoisonPill.getInstance());
  }

  /** A stranger that asks for what all nodes know, as a node's own actors do. */
  private static boolean canRead(ActorSystem system, String node) {
    CompletableFuture<Object> answer =
        Patterns.ask(
                system.actorSelection(node + "/system/ddataReplicator"),
                new Replicator.Get<>(
                    LWWMapKey.<String, String>create("cookie-keys"), Replicator.readLocal()),
                Duration.ofSeconds(1))
            .toCompletableFuture();
    return answer.handle((value, failure) -> failure == null).join();
  }

  private static void assertWell(TestNode node, long number) {
    assertThat(node.snapshot().nodes()).allMatch(member -> member.status().equals("up"));
    node.awaitReady();
    SessionKey key = new SessionKey(number, number);
    node.cluster()
        .sessions()
        .bind(key, 7, Duration.ofMinutes(1), QUORUM)
        .toCompletableFuture()
        .join();
    assertThat(node.cluster().sessions().find(key, Duration.ofMinutes(1))).isNotNull();
  }

  private static void awaitCount(Gate gate, String kind, long count) {
    await(kind)
        .atMost(SHORTLY)
        .untilAsserted(() -> assertThat(gate.count(kind)).isGreaterThanOrEqualTo(count));
  }

  private void awaitLine(String line) {
    await(line)
        .atMost(SHORTLY)
        .untilAsserted(
            () ->
                assertThat(List.copyOf(lines.list))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(said -> said.startsWith(line)));
  }
}
