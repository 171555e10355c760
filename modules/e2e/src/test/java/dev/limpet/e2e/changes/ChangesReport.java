package dev.limpet.e2e.changes;

import dev.limpet.e2e.changes.Request.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What came of a run.
 *
 * @param faults how often each kind was done
 */
record ChangesReport(List<Request> requests, Map<String, Integer> faults, List<String> violations) {

  private static final int MOST_SHOWN = 20;

  /**
   * Holds what the nodes say against what was promised.
   *
   * @param ledgers of all nodes, by name
   */
  static ChangesReport of(
      List<Request> requests, Map<String, Integer> faults, Map<String, Ledger> ledgers) {
    List<String> violations = new ArrayList<>();
    Map<String, Ledger> sorted = new TreeMap<>(ledgers);
    Ledger first = sorted.values().iterator().next();
    sorted.forEach(
        (node, ledger) -> {
          if (!ledger.changes().equals(first.changes())) {
            violations.add(
                "%s has another history than the first: %d changes, not %d"
                    .formatted(node, ledger.changes().size(), first.changes().size()));
          }
          if (!ledger.weights().equals(first.weights())) {
            violations.add(
                "%s has other weights: %s, not %s"
                    .formatted(node, ledger.weights(), first.weights()));
          }
        });
    Map<String, Ledger.Entry> newest = new HashMap<>();
    Map<String, List<String>> byComment = new HashMap<>();
    for (Ledger.Entry change : first.changes()) {
      newest.putIfAbsent(change.path(), change);
      byComment.computeIfAbsent(change.comment(), c -> new ArrayList<>()).add(change.id());
    }
    newest.forEach(
        (server, change) -> {
          String weight = String.valueOf(first.weights().get(server));
          if (!weight.equals(change.value())) {
            violations.add(
                "%s has weight %s, and %s set it last".formatted(server, weight, change));
          }
        });
    for (Request request : requests) {
      List<String> made = byComment.getOrDefault(request.comment(), List.of());
      if (made.size() > 1) {
        violations.add(request + " was applied " + made.size() + " times: " + made);
      }
      if (request.answer() == Answer.DURABLE && !made.contains(request.change())) {
        violations.add(request + " is lost");
      }
    }
    Set<String> asked = requests.stream().map(Request::comment).collect(Collectors.toSet());
    Set<String> strange = new HashSet<>(byComment.keySet());
    strange.removeAll(asked);
    strange.forEach(comment -> violations.add("nobody asked for \"" + comment + "\""));
    return new ChangesReport(requests, faults, violations);
  }

  long count(Answer answer) {
    return requests.stream().filter(request -> request.answer() == answer).count();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("changes asked for: ").append(requests.size());
    for (Answer answer : Answer.values()) {
      text.append(", ")
          .append(answer.name().toLowerCase(Locale.ROOT))
          .append(' ')
          .append(count(answer));
    }
    long[] micros =
        requests.stream()
            .filter(request -> request.answer() == Answer.DURABLE)
            .mapToLong(Request::micros)
            .sorted()
            .toArray();
    if (micros.length > 0) {
      text.append(
          "\nuntil durable: median %.1f ms, p99 %.1f ms"
              .formatted(micros[micros.length / 2] / 1e3, micros[micros.length * 99 / 100] / 1e3));
    }
    text.append("\nfaults: ").append(faults);
    text.append("\nviolations: ").append(violations.size());
    violations.stream().limit(MOST_SHOWN).forEach(line -> text.append("\n  ").append(line));
    return text.toString();
  }
}
