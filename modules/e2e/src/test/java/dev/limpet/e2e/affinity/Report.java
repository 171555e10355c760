package dev.limpet.e2e.affinity;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.limpet.e2e.affinity.history.Checker;
import dev.limpet.e2e.affinity.history.History;
import dev.limpet.e2e.affinity.history.Limits;
import dev.limpet.e2e.affinity.history.NodeLife;
import dev.limpet.e2e.affinity.history.Op;
import dev.limpet.e2e.affinity.history.Poll;
import dev.limpet.e2e.affinity.history.Story;
import dev.limpet.e2e.affinity.history.Violation;
import dev.limpet.e2e.affinity.site.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a run came to.
 *
 * @param stories the shortest history of each kind of violation, by its label
 */
record Report(
    Options options,
    History history,
    Map<String, Integer> faults,
    List<String> skipped,
    int atReadyNodes,
    int sessions,
    long moves,
    List<Violation> violations,
    Map<String, List<String>> stories) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Report of(
      Options options, History history, Map<String, Integer> faults, List<String> skipped) {
    Checker checker = new Checker(history, Limits.OF_THE_SITE);
    List<Violation> violations = checker.check();
    Story story = new Story(history);
    Map<String, List<String>> stories = new TreeMap<>();
    violations.stream()
        .collect(
            Collectors.toMap(
                Violation::label,
                Function.identity(),
                (one, other) -> one.length() <= other.length() ? one : other))
        .forEach((label, shortest) -> stories.put(label, story.of(shortest)));
    return new Report(
        options,
        history,
        faults,
        skipped,
        checker.atReadyNodes(),
        checker.sessions().size(),
        checker.moves(),
        violations,
        stories);
  }

  /** By label: P1, P2, P3, P4, and nodes that ended by themselves. */
  Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    List.of("P1", "P2", "P3", "P4", "node ended by itself").forEach(label -> counts.put(label, 0L));
    violations.forEach(violation -> counts.merge(violation.label(), 1L, Long::sum));
    return counts;
  }

  void write(Path file) {
    try {
      JSON.writeValue(file.toFile(), asMap());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For people: the figures, and if something was violated, how to see it again. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    asMap()
        .forEach(
            (name, value) -> {
              if (!name.equals("stories") && !name.equals("violated")) {
                text.append("%-20s %s%n".formatted(name, value));
              }
            });
    stories.forEach(
        (label, lines) -> {
          text.append("%n%s, the shortest history of seed %d:%n".formatted(label, options.seed()));
          lines.forEach(line -> text.append("  ").append(line).append(System.lineSeparator()));
        });
    return text.toString();
  }

  private Map<String, Object> asMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("seed", options.seed());
    map.put("seconds", options.length().toSeconds());

    map.put("nodes", nodes());
    map.put("backends", options.backends());
    map.put("skipped", skipped);
    map.put("requests", history.ops().size());
    map.put("atReadyNodes", atReadyNodes);
    map.put("byStatus", byStatus());
    map.put("sessions", sessions);
    map.put("moves", moves);
    map.put("violations", counts());
    map.put("faults", faults);
    map.put("notReadySeconds", notReady());
    map.put("readyShare", readyShare());
    map.put("latencyMs", latency());
    map.put("stories", stories);
    map.put("violated", violations.stream().map(this::line).toList());
    return map;
  }

  private String nodes() {
    return switch (options.nemesis()) {
      case FAULTS -> Integer.toString(options.nodes());
      case SCALE ->
          "%d to %d, by %s".formatted(options.nodes(), options.most(), options.discovery());
      case UPGRADE -> "%d, from %s".formatted(options.nodes(), options.from().orElseThrow());
    };
  }

  private String line(Violation violation) {
    long at = violation.evidence().isEmpty() ? 0 : violation.evidence().getLast().sent();
    return "%8.3f  %s: %s".formatted(at / 1e9, violation.label(), violation.what());
  }

  private Map<String, Long> byStatus() {
    return history.ops().stream()
        .collect(
            Collectors.groupingBy(
                op -> op.status() == 0 ? op.failure() : Integer.toString(op.status()),
                TreeMap::new,
                Collectors.counting()));
  }

  private Map<String, Double> notReady() {
    Map<String, Double> seconds = new TreeMap<>();
    history.nodes().forEach((name, life) -> seconds.put(name, rounded(nanos(life, false) / 1e9)));
    return seconds;
  }

  private double readyShare() {
    double ready = history.nodes().values().stream().mapToLong(life -> nanos(life, true)).sum();
    double not = history.nodes().values().stream().mapToLong(life -> nanos(life, false)).sum();
    return rounded(ready / (ready + not));
  }

  /** How long a node said so, since it was Ready for the first time. */
  private static long nanos(NodeLife life, boolean ready) {
    List<Poll> polls = life.polls().stream().dropWhile(poll -> !poll.ready()).toList();
    long nanos = 0;
    for (int i = 1; i < polls.size(); i++) {
      Poll poll = polls.get(i);
      nanos += poll.ready() == ready ? poll.ended() - polls.get(i - 1).ended() : 0;
    }
    return nanos;
  }

  private Map<String, Double> latency() {
    List<Long> nanos = new ArrayList<>();
    history.ops().stream().filter(Op::landed).forEach(op -> nanos.add(op.received() - op.sent()));
    nanos.sort(Comparator.naturalOrder());
    Map<String, Double> map = new LinkedHashMap<>();
    if (!nanos.isEmpty()) {
      map.put("p50", millis(nanos.get(nanos.size() / 2)));
      map.put("p99", millis(nanos.get((int) (nanos.size() * 0.99))));
      map.put("max", millis(nanos.getLast()));
    }
    return map;
  }

  private static double millis(long nanos) {
    return rounded(nanos / 1e6);
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
