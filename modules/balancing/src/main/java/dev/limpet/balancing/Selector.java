package dev.limpet.balancing;

import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Picks a server for a client that has none. Made anew whenever the servers or their weights
 * change. Safe for any thread. A pick allocates nothing.
 */
public interface Selector {

  /**
   * The next server that has room. By the time it is asked it may be full; then pick again.
   *
   * @param key what the balancing method goes by, from {@link HashKey}; methods that go by nothing
   *     of the request do not look at it
   * @param tried servers that must not be picked
   * @return null where no other server exists, or all are full
   */
  @Nullable Backend pick(long key, Set<Backend> tried);

  /**
   * @param turns counts the turns of servers that take turns; the same for all selectors of an
   *     upstream, so that a new one goes on where the last one was
   * @param random uniformly distributed, for any thread
   */
  static Selector of(
      BalancingMethod method,
      List<Candidate> candidates,
      AtomicInteger turns,
      LongSupplier random) {
    return switch (method) {
      case BalancingMethod.RoundRobin() -> new SmoothRoundRobin(candidates, turns);
      case BalancingMethod.LeastConnections() -> new LeastConnections(candidates, turns);
      case BalancingMethod.LeastTime least -> new LeastTime(candidates);
      case BalancingMethod.RandomTwo(Measure by) ->
          new RandomTwo(candidates, by != Measure.CONNECTIONS, random);
      case BalancingMethod.IpHash ip ->
          new Maglev(candidates, new SmoothRoundRobin(candidates, turns));
      case BalancingMethod.Hash hash ->
          new Maglev(candidates, new SmoothRoundRobin(candidates, turns));
    };
  }

  /** Picks by the second one only what the first one has no answer for. */
  static Selector inOrder(Selector first, Selector second) {
    return (key, tried) -> {
      Backend picked = first.pick(key, tried);
      return picked == null ? second.pick(key, tried) : picked;
    };
  }
}
