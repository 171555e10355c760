package dev.limpet.e2e.affinity.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A history that a test makes by hand, and what the checker says of it. Times are seconds. */
abstract class HandMadeHistory {

  static final Limits LIMITS =
      new Limits(seconds(5), seconds(2), seconds(0.5), seconds(10), seconds(3_600));

  final List<Op> ops = new ArrayList<>();
  final Map<String, List<Span>> off = new HashMap<>();
  final Map<String, Span> notReady = new HashMap<>();
  final List<Outage> outages = new ArrayList<>();
  final List<Span> nodeFaults = new ArrayList<>();
  final List<Span> ended = new ArrayList<>();

  /** A client without a session is tied to a backend. */
  void begins(double at, String node, String backend) {
    ops.add(new Op("s", node, seconds(at), seconds(at + 0.1), null, "t", 200, backend, ""));
  }

  /** The client shows its session, and this backend answers. */
  void lands(double at, String node, String backend) {
    op(at, at + 0.1, node, backend, "t");
  }

  /** The client shows its session, and the node answers by itself. */
  void fails(double at, String node, int status) {
    ops.add(new Op("s", node, seconds(at), seconds(at + 0.1), "t", null, status, null, ""));
  }

  /**
   * @param backend null: the client got no answer
   */
  void op(
      double sent,
      double received,
      String node,
      @Nullable String backend,
      @Nullable String carried) {
    ops.add(
        new Op(
            "s",
            node,
            seconds(sent),
            seconds(received),
            carried,
            null,
            backend == null ? 0 : 200,
            backend,
            backend == null ? "no answer" : ""));
  }

  /** The client has waited for as long as it would. */
  void late(double sent, double received, @Nullable String carried) {
    ops.add(new Op("s", "n1", seconds(sent), seconds(received), carried, null, 0, null, Op.LATE));
  }

  /** Takes connections and does not answer. */
  void silent(double from, double until, String backend) {
    outages.add(new Outage(backend, span(from, until, backend + " is silent"), true));
  }

  void down(double from, double until, String backend) {
    outages.add(new Outage(backend, span(from, until, "kill -9 of " + backend), false));
  }

  /** Of the violations that the checker finds. */
  List<String> labels() {
    return new Checker(history(), LIMITS).check().stream().map(Violation::label).toList();
  }

  History history() {
    Map<String, NodeLife> nodes = new HashMap<>();
    for (String node : List.of("n1", "n2", "n3")) {
      nodes.put(node, new NodeLife(polls(notReady.get(node)), off.getOrDefault(node, List.of())));
    }
    return new History(ops, nodes, Set.of("a", "b", "c"), outages, nodeFaults, ended);
  }

  /** Ten a second for a while, and then few. */
  private static List<Poll> polls(@Nullable Span notReady) {
    List<Poll> polls = new ArrayList<>();
    for (double at = 0; at < 10_000; at += at < 100 ? 0.1 : 1_000) {
      boolean ready = notReady == null || !notReady.overlaps(seconds(at), seconds(at));
      polls.add(new Poll(seconds(at), seconds(at + 0.01), true, ready));
    }
    return polls;
  }

  static Span span(double from, double until, String what) {
    return new Span(seconds(from), seconds(until), what);
  }

  static long seconds(double seconds) {
    return Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
  }
}
