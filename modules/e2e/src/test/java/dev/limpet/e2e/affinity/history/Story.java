package dev.limpet.e2e.affinity.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A violation told in the order of time: one session's requests, and what was done around them. */
public final class Story {

  /** What happened to nodes and backends that long before is shown too. */
  private static final long BEFORE = 10_000_000_000L;

  private record Line(long time, String text) {}

  private final History history;

  public Story(History history) {
    this.history = history;
  }

  /** One line for each request and each event. */
  public List<String> of(Violation violation) {
    List<Line> lines = new ArrayList<>();
    if (violation.evidence().isEmpty()) {
      violation.faults().forEach(fault -> span(lines, fault));
    } else {
      Op first = violation.evidence().getFirst();
      Op last = violation.evidence().getLast();
      history.ops().stream()
          .filter(op -> op.session().equals(last.session()))
          .filter(op -> op.received() >= first.sent() && op.sent() <= last.received())
          .filter(op -> op.landed() || violation.evidence().contains(op))
          .forEach(op -> lines.add(new Line(op.sent(), describe(op, violation))));
      Stream.of(
              history.nodeFaults().stream(),
              history.nodes().values().stream().flatMap(node -> node.off().stream()),
              history.outages().stream().map(Outage::span))
          .flatMap(spans -> spans)
          .filter(span -> span.overlaps(first.sent() - BEFORE, last.received()))
          .forEach(span -> span(lines, span));
    }
    lines.sort(Comparator.comparingLong(Line::time));
    List<String> told = new ArrayList<>();
    told.add(violation.label() + ": " + violation.what());
    lines.forEach(line -> told.add("%10s  %s".formatted(seconds(line.time()), line.text())));
    return told;
  }

  private static void span(List<Line> lines, Span span) {
    lines.add(new Line(span.from(), "** " + span.what()));
    if (span.until() != Long.MAX_VALUE && span.until() > span.from()) {
      lines.add(new Line(span.until(), "** over: " + span.what()));
    }
  }

  private String describe(Op op, Violation violation) {
    NodeLife node = history.nodes().get(op.node());
    boolean ready = node != null && node.ready(op.sent(), op.received());
    String result = op.status() == 0 ? op.failure() : op.status() + " from " + op.backend();
    return "%s %s at %s (%s), %s ms: %s%s%s%s"
        .formatted(
            violation.evidence().getLast().equals(op) ? "=>" : "  ",
            op.session(),
            op.node(),
            ready ? "ready" : "not ready",
            (op.received() - op.sent()) / 1_000_000,
            result,
            op.carried() == null ? ", new client" : ", showed " + op.carried(),
            op.told() == null ? "" : ", told " + op.told(),
            violation.evidence().contains(op) ? "" : " (beside)");
  }

  public static String seconds(long nanos) {
    return "%.3f".formatted(nanos / 1e9);
  }
}
