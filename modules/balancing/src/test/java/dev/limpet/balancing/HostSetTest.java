package dev.limpet.balancing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.state.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostSetTest {

  private static final int PICKS = 40_000;

  private static HostStatus status(
      String name,
      Backup backup,
      String zone,
      boolean enabled,
      Health health,
      double weightFactor) {
    Server server =
        new Server(
            ServerId.of("app", name),
            new HostPort("127.0.0.1", 1),
            1,
            0,
            new ServerOptions(backup, false, Duration.ZERO, zone));
    return new HostStatus(new Backend(server), enabled, health, false, weightFactor);
  }

  /**
   * @param text words such as {@code a}, with {@code !} behind a server that is dead, {@code %}
   *     behind a suspect, {@code ~} behind one that drains, {@code ?} behind one in doubt, {@code
   *     +} behind a backup, {@code ^} behind one for overflow, and {@code @zone} at the end
   */
  private static List<HostStatus> hosts(String text) {
    List<HostStatus> hosts = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      int zone = word.indexOf('@');
      HostStatus status =
          status(
              word.substring(0, 1),
              word.contains("+")
                  ? Backup.FAILURE
                  : word.contains("^") ? Backup.OVERFLOW : Backup.OFF,
              zone < 0 ? "" : word.substring(zone + 1),
              !word.contains("~"),
              word.contains("!") ? Health.DEAD : word.contains("%") ? Health.SUSPECT : Health.UP,
              1);
      hosts.add(
          word.contains("?")
              ? new HostStatus(status.backend(), status.enabled(), status.health(), true, 1)
              : status);
    }
    return hosts;
  }

  private static String names(List<Backend> backends) {
    return backends.stream()
        .map(backend -> backend.id().value().substring("app/".length()))
        .collect(Collectors.joining());
  }

  private static Selector selector(HostSet hostSet, BalancingMethod method) {
    return hostSet.selector(method, new AtomicInteger(), new Random(4711)::nextLong);
  }

  private static Map<String, Integer> shares(HostSet hostSet) {
    return Backends.shares(selector(hostSet, new BalancingMethod.RoundRobin()), PICKS);
  }

  @ParameterizedTest
  @CsvSource({
    "a b c, 50, abc",
    "a b! c, 50, ac",
    "a b~ c, 50, ac",
    // Fewer than half of them: the verdicts are not believed, but orders are.
    "a b! c!, 50, abc",
    "a b! c! d~, 50, abc",
    "a b!, 50, a",
    "a b! c!, 0, a",
    "a b c!, 100, abc",
    // None at all, whatever the threshold.
    "a! b! c!, 0, abc",
    "a! b! c~, 0, ab",
    "a b+, 50, a",
    "a! b+, 50, b",
    "a! b! c b+, 50, c",
    "a! b! c+ d+!, 50, c",
    "a% b c, 0, bc",
    "a% b+, 50, b",
    // Who is late is better than who refuses.
    "a! b% c%, 0, bc",
    "a! b% c~%, 0, b",
    "a% b! c, 50, abc",
    "a! b+!, 50, ab",
    "a~ b+, 50, b"
  })
  void newClientsGoTo(String servers, int panicThreshold, String open) {
    HostSet hostSet = HostSet.of(hosts(servers), "", panicThreshold / 100.0);
    assertThat(names(hostSet.open())).isEqualTo(open);
    assertThat(String.join("", shares(hostSet).keySet())).isEqualTo(open);
  }

  @ParameterizedTest
  @CsvSource({
    "a b^ c+, b, b",
    "a b^ c^, bc, bc",
    "a b^! c^~ d^?, '', ''",
    "a@z b@y c^@y, c, c",
    // They are open themselves where no other is healthy.
    "a! b^ c+, '', ''",
  })
  void whereAllAreFullOverflowGoesTo(String servers, String overflow, String picked) {
    for (String zone : List.of("", "z")) {
      HostSet hostSet = HostSet.of(hosts(servers), zone, 0.5);
      assertThat(names(hostSet.overflow())).isEqualTo(overflow);
      Selector selector = selector(hostSet, new BalancingMethod.RoundRobin());
      Set<Backend> full = new HashSet<>(hostSet.open());
      Set<String> found = new TreeSet<>();
      for (Backend next = selector.pick(0, full); next != null; next = selector.pick(0, full)) {
        found.add(names(List.of(next)));
        full.add(next);
      }
      assertThat(String.join("", found)).isEqualTo(picked);
    }
  }

  @Test
  void
      whoHasToLeaveGoesToHealthyServersThenToBackupsThenToThoseInDoubtThenToSuspectsThenToTheOthers() {
    HostSet hostSet = HostSet.of(hosts("a b! c+ d~ e! f+! g? h% i~%"), "", 0);
    assertThat(hostSet.priorities())
        .extracting(HostSetTest::names)
        .containsExactly("a", "c", "g", "h", "befi");
  }

  @Test
  void serversInDoubtGetNewClientsOnlyWhereThereAreNoOthers() {
    assertThat(names(HostSet.of(hosts("a b? c!"), "", 0).open())).isEqualTo("a");
    assertThat(names(HostSet.of(hosts("b? c!"), "", 0).open())).isEqualTo("b");
  }

  @Test
  void aZoneWithEnoughHealthyServersKeepsItsClients() {
    HostSet hostSet = HostSet.of(hosts("a@x b@x c@x d@x e@x f!@x g!@x h@y i@z j"), "x", 0.5);
    assertThat(shares(hostSet).keySet()).containsExactly("a", "b", "c", "d", "e");
    assertThat(names(hostSet.open())).isEqualTo("abcdehij");
  }

  @Test
  void aZoneWithoutEnoughHealthyServersSendsTheRestElsewhere() {
    // 1.4 times a half is 70%.
    HostSet hostSet = HostSet.of(hosts("a@x b!@x c@y d@y d@y"), "x", 0.5);
    Map<String, Integer> shares = shares(hostSet);
    assertThat(shares.get("a")).isCloseTo(PICKS * 7 / 10, within(PICKS / 100));
    assertThat(shares.get("c")).isCloseTo(PICKS / 10, within(PICKS / 100));
  }

  @Test
  void whatTheOtherZonesCannotTakeStays() {
    // 0.7 here; the others could take 1.4 / 10 of 0.3 less than that.
    HostSet hostSet =
        HostSet.of(hosts("a@x b!@x c@y d!@y e!@y f!@y g!@y h!@y i!@y j!@y k!@y l!@y"), "x", 0);
    assertThat(shares(hostSet).get("c")).isCloseTo(PICKS * 14 / 84, within(PICKS / 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "elsewhere"})
  void withoutServersOfItsZoneANodeTakesAll(String zone) {
    assertThat(shares(HostSet.of(hosts("a@x b@y c"), zone, 0.5))).hasSize(3);
  }

  @Test
  void panicKnowsNoZones() {
    assertThat(shares(HostSet.of(hosts("a@x b!@y c!@y"), "x", 0.5))).hasSize(3);
  }

  @Test
  void whatTheZoneCannotTakeNowGoesElsewhere() {
    List<HostStatus> servers = hosts("a@x b@y");
    Selector selector = selector(HostSet.of(servers, "x", 0.5), new BalancingMethod.RoundRobin());
    assertThat(selector.pick(HashKey.NONE, Set.of(servers.getFirst().backend())))
        .isSameAs(servers.getLast().backend());
  }

  @Test
  void aHashGoesByNoZone() {
    HostSet hostSet = HostSet.of(hosts("a@x b@y"), "x", 0.5);
    assertThat(Backends.shares(selector(hostSet, new BalancingMethod.IpHash()), 1_000)).hasSize(2);
  }

  static List<BalancingMethod> weightedMethods() {
    return List.of(
        new BalancingMethod.RoundRobin(),
        new BalancingMethod.LeastConnections(),
        new BalancingMethod.RandomTwo(BalancingMethod.Measure.CONNECTIONS));
  }

  @ParameterizedTest
  @MethodSource("weightedMethods")
  void aServerThatStartsSlowlyGetsThePartOfItsWeightThatItHasByNow(BalancingMethod method) {
    HostStatus cold = status("b", Backup.OFF, "", true, Health.UP, 0.1);
    HostSet hostSet = HostSet.of(List.of(hosts("a").getFirst(), cold), "", 0.5);
    Map<String, Integer> shares = Backends.shares(selector(hostSet, method), PICKS);
    assertThat(shares.get("b")).isCloseTo(PICKS / 11, within(PICKS / 100));
  }

  @Test
  void aServerThatIsQuiteColdGetsAlmostNothing() {
    HostStatus cold = status("b", Backup.OFF, "", true, Health.UP, 0);
    HostSet hostSet = HostSet.of(List.of(hosts("a").getFirst(), cold), "", 0.5);
    assertThat(shares(hostSet).get("b")).isBetween(1, PICKS / 500);
    assertThat(shares(HostSet.of(List.of(cold), "", 0.5))).containsOnlyKeys("b");
  }
}
