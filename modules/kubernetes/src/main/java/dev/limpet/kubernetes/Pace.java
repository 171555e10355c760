package dev.limpet.kubernetes;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param firstPause at most so long after the first failure, and between two watches
 * @param longestPause at most so long after many failures
 * @param answer until an answer is there as a whole
 * @param watch until a watch ends and another one begins; a third of it more, at random. A
 *     connection that is dead without a sign is noticed by then
 */
record Pace(Duration firstPause, Duration longestPause, Duration answer, Duration watch) {

  static final Pace USUAL =
      new Pace(
          Duration.ofMillis(500),
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60));
}
