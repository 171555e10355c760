package dev.limpet.proxy.recording;

import dev.limpet.transport.meter.Counters;
import java.util.function.BiConsumer;

/** Counts of responses by status. For one loop; any thread may read them. */
final class StatusCounts {

  /** What a status may be in an HTTP/1.1 message: three digits. */
  private static final int CODES = 1000;

  private final Counters counts = new Counters(CODES);

  void increment(int code) {
    counts.increment(Math.clamp(code, 0, CODES - 1));
  }

  void forEach(BiConsumer<Integer, Long> taker) {
    counts.forEach(taker);
  }
}
