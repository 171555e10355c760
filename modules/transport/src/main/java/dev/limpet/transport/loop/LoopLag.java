package dev.limpet.transport.loop;

import dev.limpet.model.live.Distribution;
import dev.limpet.transport.meter.Times;
import java.time.Duration;
import java.util.List;

/**
 * How late loops come to what is due: what a request may have to wait for, because others are being
 * worked on.
 */
final class LoopLag {

  private static final Duration PERIOD = Duration.ofMillis(250);

  private final List<Probe> probes;

  LoopLag(List<Loop> loops) {
    probes = loops.stream().map(Probe::new).toList();
  }

  Distribution distribution() {
    return probes.stream()
        .map(probe -> probe.late.distribution())
        .reduce(Distribution.EMPTY, Distribution::plus);
  }

  /** One loop's, which writes it. */
  private static final class Probe {

    private final Times late = new Times();
    private long due;

    Probe(Loop loop) {
      due = System.nanoTime() + PERIOD.toNanos();
      loop.every(PERIOD, this::turn);
    }

    private void turn() {
      long now = System.nanoTime();
      late.record(now - due);
      // Turns that were missed come all at once, and the first of them has said how late it is.
      due = Math.max(due + PERIOD.toNanos(), now);
    }
  }
}
