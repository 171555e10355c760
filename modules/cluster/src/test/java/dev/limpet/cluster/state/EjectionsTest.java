package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Ejection.Cause;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a server is ejected, and how many are. */
class EjectionsTest {

  private static final long START = 1_000_000;

  private final Map<ServerAtNode, Ejection> entries = new HashMap<>();

  private static PassiveChecks checks(double maxEjected) {
    return new PassiveChecks(
        true,
        3,
        0,
        0,
        0,
        Duration.ofSeconds(10),
        20,
        Duration.ofSeconds(10),
        Duration.ofSeconds(35),
        maxEjected);
  }

  private static ServerId id(int server) {
    return ServerId.of("app", "s" + server);
  }

  private static List<ServerState> servers(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new ServerState(
                    new Server(id(i), new HostPort("h", 80 + i), 1, 0),
                    Health.UP,
                    "",
                    AdminState.UP,
                    Optional.empty()))
        .toList();
  }

  /** Whether this node's wish comes true. */
  private Optional<Ejection> eject(
      String node, int server, List<ServerState> servers, double maxEjected, long millis) {
    Map<String, Ejection> last = Ejections.last(entries);
    List<ServerState> now = Ejections.applied(servers, last, checks(maxEjected), millis);
    Optional<Ejection> begun =
        Ejections.begin(
            id(server), Cause.NO_ANSWER, "why it was", now, last, checks(maxEjected), millis);
    begun.ifPresent(e -> put(server, node, e));
    return begun;
  }

  /** As it comes over the network. */
  private void put(int server, String node, Ejection ejection) {
    ServerAtNode key = new ServerAtNode(id(server).value(), node);
    entries.put(
        ServerAtNode.CODEC.decode().apply(ServerAtNode.CODEC.encode().apply(key)),
        Ejections.CODEC.decode().apply(Ejections.CODEC.encode().apply(ejection)));
  }

  private List<Integer> ejected(List<ServerState> servers, double maxEjected, long millis) {
    List<Integer> found = new ArrayList<>();
    for (ServerState state :
        Ejections.applied(servers, Ejections.last(entries), checks(maxEjected), millis)) {
      if (state.ejection().isPresent()) {
        found.add(state.server().address().port() - 80);
      }
    }
    return found;
  }

  @Test
  void eachFurtherEjectionIsLongerUpToTheLimitWhicheverNodeItIsOf() {
    long now = START;
    List<Long> lengths = new ArrayList<>();
    for (String node : List.of("a", "b", "a", "c", "b")) {
      Ejection ejection = eject(node, 0, servers(3), 0.5, now).orElseThrow();
      lengths.add(ejection.until() - ejection.since());
      now = ejection.until();
    }
    assertThat(lengths).containsExactly(10_000L, 20_000L, 30_000L, 35_000L, 35_000L);
  }

  @Test
  void timeWithoutTroubleForgives() {
    long until = START;
    for (int i = 0; i < 3; i++) {
      until = eject("a", 0, servers(3), 0.5, until).orElseThrow().until();
    }
    assertThat(eject("b", 0, servers(3), 0.5, until + 25_000).orElseThrow().times()).isEqualTo(2);
    assertThat(eject("b", 0, servers(3), 0.5, until + 999_000).orElseThrow().times()).isEqualTo(1);
  }

  @Test
  void aServerThatIsEjectedIsNotEjectedLongerByAnotherNode() {
    eject("a", 0, servers(3), 1, START);
    assertThat(eject("b", 0, servers(3), 1, START + 5)).isEmpty();
    assertThat(ejected(servers(3), 1, START + 9_999)).containsExactly(0);
    assertThat(ejected(servers(3), 1, START + 10_000)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1,100,0", "2,10,1", "2,100,1", "3,50,1", "4,50,2", "10,10,1", "10,35,3", "10,100,9"})
  void neverMoreThanTheirShareIsEjectedAndNeverTheLast(int count, int percent, int most) {
    for (int server = 0; server < count; server++) {
      eject("a", server, servers(count), percent / 100.0, START + server);
    }
    assertThat(ejected(servers(count), percent / 100.0, START + 100)).hasSize(most);
  }

  @Test
  void ofServersThatNodesEjectedAtTheSameTimeTheFirstStayOut() {
    Map<String, Ejection> none = Map.of();
    List<ServerState> servers = servers(3);
    for (int server : new int[] {2, 0, 1}) {
      // Each node has not heard of the others yet.
      Ejection begun =
          Ejections.begin(
                  id(server), Cause.NO_ANSWER, "x", servers, none, checks(0.5), START - server)
              .orElseThrow();
      put(server, "node-" + server, begun);
    }
    assertThat(ejected(servers, 0.5, START)).containsExactly(2);
    assertThat(ejected(servers, 1, START)).containsExactly(1, 2);
  }

  @Test
  void serversThatGetNoNewClientsAnywayTakeNoPart() {
    List<ServerState> servers = new ArrayList<>(servers(4));
    servers.set(0, as(servers.get(0), Health.SUSPECT, AdminState.UP));
    servers.set(1, as(servers.get(1), Health.UP, AdminState.DRAIN));
    assertThat(eject("a", 0, servers, 1, START)).isEmpty();
    assertThat(eject("a", 1, servers, 1, START)).isEmpty();
    assertThat(eject("a", 2, servers, 1, START)).isPresent();
    assertThat(eject("a", 3, servers, 1, START)).as("the last one").isEmpty();
  }

  @Test
  void whenChecksCallAServerSuspectItsEjectionIsOverButNotForgotten() {
    eject("a", 0, servers(3), 0.5, START);
    eject("b", 1, servers(3), 1, START);
    Map<String, Ejection> ended = Ejections.overtaken(entries, "a", backend -> false, START + 1000);
    assertThat(ended).containsOnlyKeys(id(0).value());
    assertThat(ended.values()).allMatch(e -> e.until() == START + 1000 && e.times() == 1);
    assertThat(Ejections.overtaken(entries, "a", backend -> true, START + 1000)).isEmpty();
  }

  private static ServerState as(ServerState state, Health health, AdminState adminState) {
    return new ServerState(state.server(), health, "", adminState, Optional.empty());
  }
}
