package dev.limpet.cluster.health;

import java.time.Duration;

/** Durations in an operator's words. */
final class DurationText {

  private DurationText() {}

  static String of(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
