package dev.limpet.balancing;

import dev.limpet.model.settings.Balance;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.state.Health;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which servers of an upstream get new clients, and what share.
 *
 * @param open they get them: the healthy ones, or the backups where there are none, or all where
 *     too few are healthy for the verdicts to be believed
 * @param ranks all that may get requests at all: the healthy ones, healthy backups, those in doubt,
 *     suspects, the others. The same at nodes of all zones
 * @param overflow backups that get new clients while all open ones are full
 * @param near the open ones of the node's own zone, if they are to be taken first
 * @param rest the other open ones
 */
public record Lineup(
    List<Backend> open,
    List<List<Backend>> ranks,
    List<Backend> overflow,
    List<Candidate> near,
    List<Candidate> rest) {

  /** A zone with this part of its servers has enough of them; Envoy's overprovisioning factor. */
  private static final double OVERPROVISIONING = 1.4;

  /** What the heaviest candidate counts where weights are fractions. */
  private static final int FULL = 1000;

  /**
   * A server as it is now.
   *
   * @param wanted whether it may have new clients, for all that operators say
   * @param health for all that the checks say
   * @param inDoubt whether it failed requests a moment ago, so that others are better
   * @param warmth the part of its weight that it has by now, 0 to 1: less while it starts slowly
   */
  public record Standing(
      Backend backend, boolean wanted, Health health, boolean inDoubt, double warmth) {

    private boolean healthy() {
      return health == Health.UP;
    }

    private boolean isSuspect() {
      return wanted && health == Health.SUSPECT;
    }

    private boolean isBackup() {
      return backend.server().options().backup() != Backup.OFF;
    }

    private boolean isOpen() {
      return wanted && healthy() && !inDoubt;
    }

    private double weight() {
      return backend.server().weight() * warmth;
    }
  }

  /**
   * @param servers without those that are out of service
   * @param zone the node's; empty where that does not matter
   * @param panicThreshold below this share of healthy servers the verdicts are not believed
   */
  public static Lineup of(List<Standing> servers, String zone, double panicThreshold) {
    List<Standing> first = servers.stream().filter(s -> s.isOpen() && !s.isBackup()).toList();
    List<Standing> backups = servers.stream().filter(s -> s.isOpen() && s.isBackup()).toList();
    List<Standing> inDoubt =
        servers.stream().filter(s -> s.wanted() && s.healthy() && s.inDoubt()).toList();
    List<Standing> suspects = servers.stream().filter(Standing::isSuspect).toList();
    List<Standing> others = servers.stream().filter(s -> !s.healthy() && !s.isSuspect()).toList();
    List<List<Standing>> ranks = List.of(first, backups, inDoubt, suspects, others);
    if (first.isEmpty()) {
      return level(
          ranks.stream().filter(rank -> !rank.isEmpty()).findFirst().orElse(first),
          ranks,
          List.of());
    }
    List<Standing> wanted = servers.stream().filter(s -> s.wanted() && !s.isBackup()).toList();
    if (backups.isEmpty() && first.size() + inDoubt.size() < panicThreshold * wanted.size()) {
      return level(wanted, ranks, List.of());
    }
    List<Backend> overflow =
        backends(
            backups.stream()
                .filter(s -> s.backend().server().options().backup() == Backup.OVERFLOW)
                .toList());
    Predicate<Standing> isNear = s -> s.backend().server().options().zone().equals(zone);
    if (zone.isEmpty() || first.stream().noneMatch(isNear) || first.stream().allMatch(isNear)) {
      return level(first, ranks, overflow);
    }
    List<Standing> all = servers.stream().filter(s -> !s.isBackup()).toList();
    double capacity = capacity(all.stream().filter(isNear).toList());
    List<Standing> near = first.stream().filter(isNear).toList();
    List<Standing> far = first.stream().filter(isNear.negate()).toList();
    if (capacity >= 1) {
      return new Lineup(backends(first), backendsOf(ranks), overflow, weighed(near), weighed(far));
    }
    // What is missing goes elsewhere, as far as there is enough.
    double missing =
        Math.min(1 - capacity, capacity(all.stream().filter(isNear.negate()).toList()));
    List<Double> weights = new ArrayList<>();
    near.forEach(s -> weights.add(s.weight() * capacity / weight(near)));
    far.forEach(s -> weights.add(s.weight() * missing / weight(far)));
    List<Standing> both = Stream.concat(near.stream(), far.stream()).toList();
    return new Lineup(
        backends(first), backendsOf(ranks), overflow, List.of(), scaled(both, weights));
  }

  /** Picks among the open ones, and among those for overflow where all these are full. */
  public Selector selector(Balance method, AtomicInteger turns, LongSupplier random) {
    Selector first = openOnes(method, turns, random);
    return overflow.isEmpty()
        ? first
        : Selector.inOrder(first, Selector.of(method, Candidate.of(overflow), turns, random));
  }

  private Selector openOnes(Balance method, AtomicInteger turns, LongSupplier random) {
    if (method instanceof Balance.IpHash || method instanceof Balance.Hash) {
      // A key has one server, whatever the time and the zone of the node that is asked.
      return Selector.of(method, Candidate.of(open), turns, random);
    }
    Selector others = Selector.of(method, rest, turns, random);
    return near.isEmpty()
        ? others
        : Selector.inOrder(Selector.of(method, near, turns, random), others);
  }

  private static Lineup level(
      List<Standing> open, List<List<Standing>> ranks, List<Backend> overflow) {
    return new Lineup(backends(open), backendsOf(ranks), overflow, List.of(), weighed(open));
  }

  private static List<List<Backend>> backendsOf(List<List<Standing>> ranks) {
    return ranks.stream().map(Lineup::backends).toList();
  }

  /** The part of these servers' work that the healthy ones can do. */
  private static double capacity(List<Standing> servers) {
    double all = 0;
    double healthy = 0;
    for (Standing server : servers) {
      int weight = server.backend().server().weight();
      all += weight;
      healthy += server.isOpen() ? weight : 0;
    }
    // Five of seven are just enough, whatever becomes of the last bit.
    return Math.min(1, OVERPROVISIONING * healthy / all + 1e-9);
  }

  private static List<Candidate> weighed(List<Standing> servers) {
    return servers.stream().allMatch(s -> s.warmth() == 1)
        ? Candidate.of(backends(servers))
        : scaled(servers, servers.stream().map(Standing::weight).toList());
  }

  private static List<Candidate> scaled(List<Standing> servers, List<Double> weights) {
    double heaviest = weights.stream().mapToDouble(weight -> weight).max().orElse(1);
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      int weight = (int) Math.max(1, Math.round(FULL * weights.get(i) / heaviest));
      candidates.add(new Candidate(servers.get(i).backend(), weight));
    }
    return candidates;
  }

  private static double weight(List<Standing> servers) {
    return servers.stream().mapToDouble(Standing::weight).sum();
  }

  private static List<Backend> backends(List<Standing> servers) {
    return servers.stream().map(Standing::backend).toList();
  }
}
