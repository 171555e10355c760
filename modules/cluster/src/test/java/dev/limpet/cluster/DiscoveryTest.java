package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.ServerState;
import dev.limpet.testkit.DnsServer;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Servers that come and go in DNS, as a cluster sees them. */
class DiscoveryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final int[] peers = IntStream.range(0, 2).map(_ -> Ports.free()).toArray();
  private final List<TestNode> nodes = new ArrayList<>();
  private final DnsServer dns = new DnsServer();
  private final DnsServer otherDns = new DnsServer();

  @AfterEach
  void stopAll() {
    nodes.forEach(TestNode::close);
    dns.close();
    otherDns.close();
  }

  /** A node that asks this name server. */
  private TestNode start(DnsServer resolver, Duration drain) {
    TestNode node =
        TestNode.start(
            peers[nodes.size()],
            peers,
            new Discovery.Dns(
                "app.test.",
                OptionalInt.of(3000),
                List.of(new HostPort("127.0.0.1", resolver.port())),
                Duration.ofSeconds(1),
                drain,
                0,
                Duration.ZERO));
    nodes.add(node);
    return node;
  }

  private static Map<String, AdminState> servers(TestNode node) {
    return servers(node.snapshot());
  }

  private static Map<String, AdminState> servers(ClusterSnapshot snapshot) {
    Map<String, AdminState> states = new TreeMap<>();
    for (ServerState state : snapshot.servers().getOrDefault(TestNode.UPSTREAM, List.of())) {
      states.put(state.server().address().host(), state.adminState());
    }
    return states;
  }

  private static void awaitServers(TestNode node, Map<String, AdminState> wanted) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(servers(node)).isEqualTo(wanted));
  }

  @Test
  void serversComeWithTheAnswerAndDrainWhenTheyAreInItNoMore() {
    dns.know("app.test. 1 A 10.0.0.1", "app.test. 1 A 10.0.0.2");
    TestNode one = start(dns, Duration.ofSeconds(3));
    TestNode two = start(dns, Duration.ofSeconds(3));
    one.awaitReady();
    two.awaitReady();
    assertThat(servers(one))
        .as("ready only once DNS has answered")
        .isEqualTo(Map.of("10.0.0.1", AdminState.UP, "10.0.0.2", AdminState.UP));

    Set<Map<String, AdminState>> seenByOne = seen(one);
    Set<Map<String, AdminState>> seenByTwo = seen(two);
    dns.know("app.test. 1 A 10.0.0.2", "app.test. 1 A 10.0.0.3");
    Map<String, AdminState> leaving =
        Map.of("10.0.0.1", AdminState.DRAIN, "10.0.0.2", AdminState.UP, "10.0.0.3", AdminState.UP);
    Map<String, AdminState> left = Map.of("10.0.0.2", AdminState.UP, "10.0.0.3", AdminState.UP);
    awaitServers(one, left);
    awaitServers(two, left);
    // It lasts for no longer than the drain, and so it is over by now.
    assertThat(seenByOne).contains(leaving);
    assertThat(seenByTwo).contains(leaving);
  }

  /** What a node's servers are from now on, one after the other. */
  private static Set<Map<String, AdminState>> seen(TestNode node) {
    Set<Map<String, AdminState>> seen = ConcurrentHashMap.newKeySet();
    node.cluster().subscribe(snapshot -> seen.add(servers(snapshot)));
    return seen;
  }

  @Test
  void aServerStaysWhileOneNodeFindsIt() {
    dns.know("app.test. 1 A 10.0.0.1");
    otherDns.know("app.test. 1 A 10.0.0.1", "app.test. 1 A 10.0.0.2");
    TestNode one = start(dns, Duration.ZERO);
    TestNode two = start(otherDns, Duration.ZERO);
    Map<String, AdminState> both = Map.of("10.0.0.1", AdminState.UP, "10.0.0.2", AdminState.UP);
    awaitServers(one, both);
    awaitServers(two, both);
    otherDns.know("app.test. 1 A 10.0.0.1");
    awaitServers(one, Map.of("10.0.0.1", AdminState.UP));
  }

  @Test
  void whatOperatorsChangeOfAServerHoldsForOneThatIsFound() {
    dns.know("app.test. 1 A 10.0.0.1", "app.test. 1 A 10.0.0.2");
    TestNode one = start(dns, Duration.ZERO);
    TestNode two = start(dns, Duration.ZERO);
    one.awaitReady();
    two.awaitReady();
    ServerId id = ServerId.of(TestNode.UPSTREAM, "10.0.0.1:3000");
    Server asFound = server(one, id);
    ServerChange.Patch patch =
        new ServerChange.Patch(
            OptionalInt.of(7),
            OptionalInt.of(50),
            Optional.of(Backup.OVERFLOW),
            Optional.of(Duration.ofSeconds(9)),
            Optional.of("az1"));
    ServerChange.Order drain = new ServerChange.Order(AdminState.DRAIN, one.cluster().millis());
    Map<ServerId, ServerChange> changed = Map.of(id, new ServerChange(Optional.of(drain), patch));
    one.change(changed);
    two.change(changed);
    Map<String, AdminState> drained =
        Map.of("10.0.0.1", AdminState.DRAIN, "10.0.0.2", AdminState.UP);
    for (TestNode node : List.of(one, two)) {
      awaitServers(node, drained);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(server(node, id)).isEqualTo(patch.on(asFound)));
    }
    assertThat(patch.on(asFound).options().zone()).isEqualTo("az1");
    one.change(Map.of());
    two.change(Map.of());
    for (TestNode node : List.of(one, two)) {
      awaitServers(node, Map.of("10.0.0.1", AdminState.UP, "10.0.0.2", AdminState.UP));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(server(node, id)).isEqualTo(asFound));
    }
  }

  private static Server server(TestNode node, ServerId id) {
    return node.snapshot().servers().getOrDefault(TestNode.UPSTREAM, List.of()).stream()
        .map(ServerState::server)
        .filter(server -> server.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void failuresKeepTheLastAnswer() {
    dns.know("app.test. 1 A 10.0.0.1");
    TestNode one = start(dns, Duration.ZERO);
    awaitServers(one, Map.of("10.0.0.1", AdminState.UP));
    dns.fail(true);
    int before = dns.questions();
    await().atMost(PATIENCE).until(() -> dns.questions() > before + 4);
    assertThat(servers(one)).containsOnlyKeys("10.0.0.1");
    dns.fail(false);
    dns.know("app.test. 1 TXT empty");
    int then = dns.questions();
    await().atMost(PATIENCE).until(() -> dns.questions() > then + 4);
    assertThat(servers(one)).containsOnlyKeys("10.0.0.1");
  }

  @Test
  void aNodeServesWithoutServersWhereDnsIsDead() {
    dns.fail(true);
    start(dns, Duration.ZERO);
    start(dns, Duration.ZERO);
    nodes.getFirst().awaitReady();
    assertThat(servers(nodes.getFirst())).isEmpty();
    dns.fail(false);
    dns.know("app.test. 1 A 10.0.0.1");
    awaitServers(nodes.getFirst(), Map.of("10.0.0.1", AdminState.UP));
  }
}
