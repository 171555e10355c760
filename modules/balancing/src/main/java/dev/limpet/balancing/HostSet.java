package dev.limpet.balancing;

import dev.limpet.model.settings.BalancingMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The servers of an upstream by what they may be used for: which get new clients and what share,
 * and which get requests if those do not take them.
 *
 * @param open get new clients: the healthy servers, or the backups where there are none, or all
 *     where too few are healthy for the verdicts to be believed
 * @param priorities all that may get requests at all, best first: the healthy servers, healthy
 *     backups, those in doubt, suspects, the others. The same at nodes of all zones
 * @param overflow backups that get new clients while all open ones are full
 * @param local the open ones of the node's own zone, if they are to be taken first
 * @param rest the other open ones
 */
public record HostSet(
    List<Backend> open,
    List<List<Backend>> priorities,
    List<Backend> overflow,
    List<Candidate> local,
    List<Candidate> rest) {

  /** A zone with this part of its servers has enough of them; Envoy's overprovisioning factor. */
  private static final double OVERPROVISIONING = 1.4;

  /** The weight of the heaviest candidate where weights are fractions. */
  private static final int FULL = 1000;

  /**
   * @param servers without those that are out of service
   * @param zone the node's; empty where that does not matter
   * @param panicThreshold below this share of healthy servers the verdicts are not believed
   */
  public static HostSet of(List<HostStatus> servers, String zone, double panicThreshold) {
    List<HostStatus> first = servers.stream().filter(s -> s.isOpen() && !s.isBackup()).toList();
    List<HostStatus> backups = servers.stream().filter(s -> s.isOpen() && s.isBackup()).toList();
    List<HostStatus> inDoubt =
        servers.stream().filter(s -> s.enabled() && s.isHealthy() && s.inDoubt()).toList();
    List<HostStatus> suspects = servers.stream().filter(HostStatus::isSuspect).toList();
    List<HostStatus> others =
        servers.stream().filter(s -> !s.isHealthy() && !s.isSuspect()).toList();
    List<List<HostStatus>> priorities = List.of(first, backups, inDoubt, suspects, others);
    if (first.isEmpty()) {
      return level(
          priorities.stream().filter(priority -> !priority.isEmpty()).findFirst().orElse(first),
          priorities,
          List.of());
    }
    List<HostStatus> enabled = servers.stream().filter(s -> s.enabled() && !s.isBackup()).toList();
    if (backups.isEmpty() && first.size() + inDoubt.size() < panicThreshold * enabled.size()) {
      return level(enabled, priorities, List.of());
    }
    List<Backend> overflow = backends(backups.stream().filter(HostStatus::isForOverflow).toList());
    Predicate<HostStatus> isLocal = s -> s.isIn(zone);
    if (zone.isEmpty() || first.stream().noneMatch(isLocal) || first.stream().allMatch(isLocal)) {
      return level(first, priorities, overflow);
    }
    List<HostStatus> all = servers.stream().filter(s -> !s.isBackup()).toList();
    double capacity = capacity(all.stream().filter(isLocal).toList());
    List<HostStatus> local = first.stream().filter(isLocal).toList();
    List<HostStatus> remote = first.stream().filter(isLocal.negate()).toList();
    if (capacity >= 1) {
      return new HostSet(
          backends(first), backendsOf(priorities), overflow, weighed(local), weighed(remote));
    }
    // What is missing goes elsewhere, as far as there is enough.
    double missing =
        Math.min(1 - capacity, capacity(all.stream().filter(isLocal.negate()).toList()));
    List<Double> weights = new ArrayList<>();
    local.forEach(s -> weights.add(s.weight() * capacity / weight(local)));
    remote.forEach(s -> weights.add(s.weight() * missing / weight(remote)));
    List<HostStatus> both = Stream.concat(local.stream(), remote.stream()).toList();
    return new HostSet(
        backends(first), backendsOf(priorities), overflow, List.of(), scaled(both, weights));
  }

  /** Picks among the open ones, and among those for overflow where all these are full. */
  public Selector selector(BalancingMethod method, AtomicInteger turns, LongSupplier random) {
    Selector first = openOnes(method, turns, random);
    return overflow.isEmpty()
        ? first
        : Selector.inOrder(first, Selector.of(method, Candidate.of(overflow), turns, random));
  }

  private Selector openOnes(BalancingMethod method, AtomicInteger turns, LongSupplier random) {
    if (method instanceof BalancingMethod.IpHash || method instanceof BalancingMethod.Hash) {
      // A key has one server, whatever the time and the zone of the node that is asked.
      return Selector.of(method, Candidate.of(open), turns, random);
    }
    Selector others = Selector.of(method, rest, turns, random);
    return local.isEmpty()
        ? others
        : Selector.inOrder(Selector.of(method, local, turns, random), others);
  }

  private static HostSet level(
      List<HostStatus> open, List<List<HostStatus>> priorities, List<Backend> overflow) {
    return new HostSet(backends(open), backendsOf(priorities), overflow, List.of(), weighed(open));
  }

  private static List<List<Backend>> backendsOf(List<List<HostStatus>> priorities) {
    return priorities.stream().map(HostSet::backends).toList();
  }

  /** The part of these servers' work that the healthy ones can do. */
  private static double capacity(List<HostStatus> servers) {
    double all = 0;
    double healthy = 0;
    for (HostStatus server : servers) {
      int weight = server.backend().server().weight();
      all += weight;
      healthy += server.isOpen() ? weight : 0;
    }
    // Five of seven are just enough, whatever becomes of the last bit.
    return Math.min(1, OVERPROVISIONING * healthy / all + 1e-9);
  }

  private static List<Candidate> weighed(List<HostStatus> servers) {
    return servers.stream().allMatch(s -> s.weightFactor() == 1)
        ? Candidate.of(backends(servers))
        : scaled(servers, servers.stream().map(HostStatus::weight).toList());
  }

  private static List<Candidate> scaled(List<HostStatus> servers, List<Double> weights) {
    double heaviest = weights.stream().mapToDouble(weight -> weight).max().orElse(1);
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      int weight = (int) Math.max(1, Math.round(FULL * weights.get(i) / heaviest));
      candidates.add(new Candidate(servers.get(i).backend(), weight));
    }
    return candidates;
  }

  private static double weight(List<HostStatus> servers) {
    return servers.stream().mapToDouble(HostStatus::weight).sum();
  }

  private static List<Backend> backends(List<HostStatus> servers) {
    return servers.stream().map(HostStatus::backend).toList();
  }
}
