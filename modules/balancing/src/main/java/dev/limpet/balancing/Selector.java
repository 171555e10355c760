package dev.limpet.balancing;

import dev.limpet.model.Settings;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks a server for a client that has none. Made anew whenever the servers change. Safe for any
 * thread.
 */
public interface Selector {

  /**
   * The next server that has room. By the time it is asked it may be full; then pick again.
   *
   * @param tried servers that must not be picked
   * @return null where no other server exists, or all are full
   */
  @Nullable Backend pick(Set<Backend> tried);

  static Selector of(Settings.Balance balance, List<Backend> backends) {
    return switch (balance) {
      case ROUND_ROBIN -> new SmoothRoundRobin(backends);
      case LEAST_CONNECTIONS -> new LeastConnections(backends);
    };
  }
}
