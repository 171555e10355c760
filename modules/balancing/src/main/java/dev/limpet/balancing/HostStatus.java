package dev.limpet.balancing;

import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.state.Health;

/**
 * A server as it is now.
 *
 * @param enabled whether operators let it have new clients
 * @param health by the health checks
 * @param inDoubt whether it failed requests a moment ago, so that others are better
 * @param weightFactor the part of its weight that it has by now, 0 to 1: less than 1 while it
 *     starts slowly
 */
public record HostStatus(
    Backend backend, boolean enabled, Health health, boolean inDoubt, double weightFactor) {

  boolean isHealthy() {
    return health == Health.UP;
  }

  boolean isSuspect() {
    return enabled && health == Health.SUSPECT;
  }

  boolean isBackup() {
    return backend.server().options().backup() != Backup.OFF;
  }

  boolean isForOverflow() {
    return backend.server().options().backup() == Backup.OVERFLOW;
  }

  /** Whether it gets new clients. */
  boolean isOpen() {
    return enabled && isHealthy() && !inDoubt;
  }

  boolean isIn(String zone) {
    return backend.server().options().zone().equals(zone);
  }

  double weight() {
    return backend.server().weight() * weightFactor;
  }
}
