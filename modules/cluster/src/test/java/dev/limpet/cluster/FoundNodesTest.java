package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.NodeFinder;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that no list names find each other, and become one cluster. */
class FoundNodesTest {

  private final List<TestNode> nodes = new ArrayList<>();

  /** What all nodes find. */
  private final Set<HostPort> places = ConcurrentHashMap.newKeySet();

  @AfterEach
  void stopAll() {
    nodes.forEach(TestNode::close);
  }

  @Test
  void nodesThatStartAtTheSameTimeFormOneClusterThoughNoneFindsAllOfThem() {
    HostPort dead = place();
    HostPort a = place();
    HostPort b = place();
    HostPort c = new HostPort(hasIpv6() ? "::1" : "127.0.0.1", Ports.free());
    nodes.add(TestNode.start("a", a, 3, finder(a, b, dead)));
    nodes.add(TestNode.start("b", b, 3, finder(b, c, dead)));
    nodes.add(TestNode.start("c", c, 3, finder(dead)));
    awaitOneCluster("a", "b", "c");
    ClusterNodeTest.assertNothingIsRefused(nodes);
  }

  @Test
  void aClusterOfOneGrowsAndANodeThatComesBackElsewhereIsTheSame() {
    HostPort a = place();
    places.add(a);
    nodes.add(TestNode.start("a", a, 1, this::found));
    nodes.getFirst().awaitReady();
    HostPort b = place();
    HostPort c = place();
    places.addAll(List.of(b, c));
    nodes.add(TestNode.start("b", b, 1, this::found));
    nodes.add(TestNode.start("c", c, 1, this::found));
    awaitOneCluster("a", "b", "c");

    // Its old address stays in the answers for a while, as DNS has it.
    nodes.removeLast().close();
    HostPort elsewhere = place();
    places.add(elsewhere);
    nodes.add(TestNode.start("c", elsewhere, 1, this::found));
    awaitOneCluster("a", "b", "c");
    assertThat(nodes.getFirst().snapshot().nodes())
        .extracting(ClusterSnapshot.Node::address)
        .contains(elsewhere.toString())
        .doesNotContain(c.toString());
  }

  private static boolean hasIpv6() {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByAddress(loopback)) != null;
    } catch (IOException e) {
      return false;
    }
  }

  private static HostPort place() {
    return new HostPort("127.0.0.1", Ports.free());
  }

  private CompletionStage<Set<HostPort>> found() {
    return CompletableFuture.completedStage(Set.copyOf(places));
  }

  private static NodeFinder finder(HostPort... finds) {
    return () -> CompletableFuture.completedStage(new HashSet<>(Arrays.asList(finds)));
  }

  private void awaitOneCluster(String... names) {
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(
        node ->
            await("one cluster of " + List.of(names))
                .until(
                    () ->
                        node.snapshot().nodes().stream()
                            .filter(member -> member.status().equals("up"))
                            .map(ClusterSnapshot.Node::name)
                            .toList()
                            .equals(List.of(names))));
  }
}
