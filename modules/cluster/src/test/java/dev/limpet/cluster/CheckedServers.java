package dev.limpet.cluster;

import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.HealthChecks.Initial;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.ServerState;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/** Nodes that check real servers. */
abstract class CheckedServers {

  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  static final Duration OFTEN = Duration.ofMillis(300);

  static final Duration HARDLY_EVER = Duration.ofHours(1);

  final int[] peers = IntStream.range(0, 7).map(_ -> Ports.free()).toArray();

  final List<TestNode> nodes = new ArrayList<>();

  final List<AutoCloseable> servers = new ArrayList<>();

  @AfterEach
  void stopAll() throws Exception {
    nodes.forEach(TestNode::close);
    for (AutoCloseable server : servers) {
      server.close();
    }
  }

  TestNode start(int index, int[] peers, HealthChecks health, int... servers) {
    TestNode node = TestNode.start(peers[index], peers, health, servers);
    nodes.add(node);
    return node;
  }

  void startAll(int count, HealthChecks health, int... servers) {
    for (int i = 0; i < count; i++) {
      start(i, peers(count), health, servers);
    }
    awaitMembers(count);
  }

  void awaitMembers(int count) {
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(node -> node.awaitMembers(count));
  }

  static ServerState state(TestNode node, int port) {
    return servers(node.snapshot())
        .filter(state -> state.server().address().port() == port)
        .findFirst()
        .orElseThrow();
  }

  static Stream<ServerState> servers(ClusterSnapshot snapshot) {
    return snapshot.servers().getOrDefault(TestNode.UPSTREAM, List.of()).stream();
  }

  static ServerId id(int port) {
    return ServerId.of(TestNode.UPSTREAM, "127.0.0.1:" + port);
  }

  static HealthChecks checks(HealthCheck... checks) {
    return new HealthChecks(List.of(checks), 3, Initial.UP, TestNode.DEAD_AFTER);
  }

  Origin up() {
    Origin origin = Origin.answering(OK);
    servers.add(origin);
    return origin;
  }

  int[] peers(int count) {
    return IntStream.of(peers).limit(count).toArray();
  }
}
