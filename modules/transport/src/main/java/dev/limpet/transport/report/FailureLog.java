package dev.limpet.transport.report;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A log of what went wrong for clients: one line for each kind and second with a count, so that a
 * flood of failures is no flood of lines. Safe for any thread; costs nothing where nothing fails.
 */
public final class FailureLog {

  private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);

  /**
   * In a second; clients can bring about kinds, if only as many as there are routes and servers.
   */
  private static final int MAX_KINDS = 100;

  private static final int MAX_EXAMPLE = 200;

  private record Kind(Level level, String text) {}

  private record Tally(String example, long count) {

    Tally plusOne() {
      return new Tally(example, count + 1);
    }
  }

  private final Map<Kind, Tally> kinds = new ConcurrentHashMap<>();
  private final LongAdder others = new LongAdder();

  /** Whether lines of this level are written at all. */
  public boolean takes(Level level) {
    return LOG.isEnabledForLevel(level);
  }

  /**
   * Takes note of a failure.
   *
   * @param kind what the line says; failures with the same words share one
   * @param example of the first of them, such as what was asked for and by whom; may be a client's
   *     text
   */
  public void note(Level level, String kind, Supplier<String> example) {
    if (!takes(level)) {
      return;
    }
    Kind key = new Kind(level, kind);
    if (kinds.size() >= MAX_KINDS && !kinds.containsKey(key)) {
      others.increment();
      return;
    }
    kinds.compute(
        key,
        (same, tally) -> tally == null ? new Tally(printable(example.get()), 1) : tally.plusOne());
  }

  /** Writes what has been noted since the last time. To be called once a second, and at the end. */
  public void flush() {
    for (Kind kind : List.copyOf(kinds.keySet())) {
      Tally tally = kinds.remove(kind);
      if (tally != null) {
        LOG.atLevel(kind.level())
            .log("{}: {}{}", kind.text(), count(tally.count()), tally.example());
      }
    }
    long left = others.sumThenReset();
    if (left > 0) {
      LOG.warn("{} failures of other kinds in this second", left);
    }
  }

  private static String count(long count) {
    return count == 1 ? "" : count + " in this second, first ";
  }

  /** Clients choose what is in it: no line ends, no terminal sequences, not too long. */
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < text.length() && i < MAX_EXAMPLE; i++) {
      char c = text.charAt(i);
      clean.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return text.length() > MAX_EXAMPLE ? clean.append("...").toString() : clean.toString();
  }
}
