package dev.limpet.cluster.health;

import dev.limpet.model.settings.ServerId;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the checks of the servers that this node observes. Safe for threads. */
public final class CheckCounts {

  /**
   * Checks of one server, since this node began to observe it.
   *
   * @param unsure those that say nothing of the server, for this node had no time or no socket
   */
  public record Checks(long passed, long failed, long unsure) {}

  private static final class Counts {
    final LongAdder passed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder unsure = new LongAdder();

    Checks sums() {
      return new Checks(passed.sum(), failed.sum(), unsure.sum());
    }
  }

  private final Map<ServerId, Counts> counts = new ConcurrentHashMap<>();

  void count(ServerId server, Probe.Outcome outcome) {
    Counts ofServer = counts.computeIfAbsent(server, any -> new Counts());
    switch (outcome) {
      case PASSED -> ofServer.passed.increment();
      case FAILED, REFUSED -> ofServer.failed.increment();
      case UNSURE -> ofServer.unsure.increment();
    }
  }

  /** Others are observed no more. */
  void keep(Set<ServerId> observed) {
    counts.keySet().retainAll(observed);
  }

  public Map<ServerId, Checks> all() {
    Map<ServerId, Checks> all = new TreeMap<>();
    counts.forEach((server, ofServer) -> all.put(server, ofServer.sums()));
    return all;
  }
}
