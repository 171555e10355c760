package dev.limpet.e2e.affinity.history;

import dev.limpet.e2e.affinity.history.Violation.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Holds the promises against a history. It compares only requests of which one had ended before the
 * other began; those that overlapped may have been served in either order. Where it cannot know, it
 * finds for Limpet.
 */
public final class Checker {

  private final History history;
  private final Limits limits;

  /** The requests at nodes that were Ready from before to after them. */
  private final Set<Op> ready = Collections.newSetFromMap(new IdentityHashMap<>());

  public Checker(History history, Limits limits) {
    this.history = history;
    this.limits = limits;
    for (Op op : history.ops()) {
      if (node(op).ready(op.sent(), op.received())) {
        ready.add(op);
      }
    }
    // An id that came by way of a node that was not Ready may be known to that node alone; of
    // these,
    // ids that servers make are no tie to where others send them.
    for (List<Op> session : sessions()) {
      if (session.stream().anyMatch(op -> isMadeByServer(op) && !ready.contains(op))) {
        session.forEach(ready::remove);
      }
    }
  }

  private static boolean isMadeByServer(Op op) {
    return op.told() != null
        && (op.session().startsWith("socket-io-") || op.session().startsWith("learn-"));
  }

  public List<Violation> check() {
    List<Violation> violations = new ArrayList<>();
    for (List<Op> session : sessions()) {
      for (Op op : session) {
        if (op.landed()) {
          checkPlace(session, op, violations);
        } else if (isRefused(session, op)) {
          violations.add(
              new Violation(Promise.P4_FAIL_OPEN, refusal(op), faultsAround(op, op), List.of(op)));
        }
      }
    }
    for (Span end : history.ended()) {
      List<Span> faults = new ArrayList<>(around(history.nodeFaults(), end.from(), end.from()));
      faults.add(end);
      violations.add(new Violation(Promise.NODE_ENDED_BY_ITSELF, end.what(), faults, List.of()));
    }
    return violations;
  }

  /** Each session's requests in the order in which they were sent. */
  public List<List<Op>> sessions() {
    Map<String, List<Op>> bySession = new LinkedHashMap<>();
    history.ops().stream()
        .sorted(Comparator.comparingLong(Op::sent))
        .forEach(
            op -> bySession.computeIfAbsent(op.session(), unseen -> new ArrayList<>()).add(op));
    return List.copyOf(bySession.values());
  }

  /** Requests at nodes that were Ready, to which P1 and P2 apply. */
  public int atReadyNodes() {
    return ready.size();
  }

  /** How often clients found themselves at another backend than at their request before. */
  public long moves() {
    long moves = 0;
    for (List<Op> session : sessions()) {
      List<String> places = session.stream().filter(Op::landed).map(Checker::backend).toList();
      for (int i = 1; i < places.size(); i++) {
        moves += places.get(i).equals(places.get(i - 1)) ? 0 : 1;
      }
    }
    return moves;
  }

  private void checkPlace(List<Op> session, Op op, List<Violation> violations) {
    if (op.carried() == null || !ready.contains(op)) {
      return;
    }
    List<Op> homes = homes(session, op);
    if (homes.isEmpty()
        || homes.stream().anyMatch(home -> backend(home).equals(backend(op)))
        || homes.stream().anyMatch(home -> op.sent() - home.received() > limits.ttl())
        || homes.stream().anyMatch(home -> mayHaveLeft(home, op))) {
      return;
    }
    Op home = homes.getLast();
    boolean moved =
        session.stream()
            .filter(earlier -> earlier.before(op) && earlier.ties())
            .anyMatch(earlier -> !backend(earlier).equals(backend(home)));
    String what =
        "%s was at %s, which was alive all the time, and landed at %s"
            .formatted(op.session(), backend(home), backend(op));
    List<Op> evidence = new ArrayList<>(homes);
    evidence.add(op);
    violations.add(
        new Violation(
            moved ? Promise.P2_ONE_MOVE : Promise.P1_STABLE,
            what,
            faultsAround(home, op),
            evidence));
  }

  /**
   * Where the session may be at home when {@code op} is sent: the last places at Ready nodes, none
   * of which another has surely replaced; and places that nodes which were not Ready gave it since.
   */
  private List<Op> homes(List<Op> session, Op op) {
    List<Op> settled =
        session.stream()
            .filter(earlier -> earlier.before(op) && earlier.ties() && ready.contains(earlier))
            .toList();
    long newest = settled.stream().mapToLong(Op::sent).max().orElse(Long.MAX_VALUE);
    List<Op> homes = new ArrayList<>();
    settled.stream().filter(home -> home.received() >= newest).forEach(homes::add);
    session.stream()
        .filter(other -> other.landed() && !ready.contains(other))
        .filter(other -> other.sent() < op.received() && other.received() >= newest)
        .forEach(homes::add);
    homes.sort(Comparator.comparingLong(Op::received));
    return homes;
  }

  /** Whether the nodes had reason to take the session's home for dead. A pause is none. */
  private boolean mayHaveLeft(Op home, Op op) {
    return outages(backend(home))
        .flatMap(outage -> outage.death(limits).stream())
        .anyMatch(dead -> dead.overlaps(home.sent(), op.received()));
  }

  /** P4: a node at work failed a request while a backend that could have served it was up. */
  private boolean isRefused(List<Op> session, Op op) {
    return !node(op).isOff(op.sent(), op.received())
        && history.backends().stream().anyMatch(backend -> isUp(backend, op.sent(), op.received()))
        && (isAtHomeThatIsUp(session, op)
            || history.outages().stream().noneMatch(outage -> mayHaveHit(outage, session, op)));
  }

  /** A node that is not Ready cannot be asked to know a home: to it the client is a new one. */
  private boolean isAtHomeThatIsUp(List<Op> session, Op op) {
    List<Op> homes = op.carried() == null || !ready.contains(op) ? List.of() : homes(session, op);
    return !homes.isEmpty()
        && homes.stream().noneMatch(home -> mayHaveLeft(home, op))
        && homes.stream().allMatch(home -> isUp(backend(home), op.sent(), op.received()));
  }

  /**
   * What is under way at a backend that dies may fail with it. What is under way at one that is
   * silent waits, and may have waited in vain: clients without a session until it is known to be
   * silent, those that belong there until it is known to be dead.
   */
  private boolean mayHaveHit(Outage outage, List<Op> session, Op op) {
    if (!outage.overlaps(op.sent(), op.received())) {
      return false;
    }
    if (!outage.silent()) {
      return op.sent() <= outage.span().from() + limits.inFlight();
    }
    boolean belongs = mayBelong(session, op, outage.backend());
    long waits = belongs ? limits.deadAfter() + limits.notice() : limits.notice();
    return op.isLate() && op.sent() <= outage.span().from() + waits;
  }

  /** Where no home is known for sure, the client may belong wherever it has been. */
  private boolean mayBelong(List<Op> session, Op op, String backend) {
    if (op.carried() == null) {
      return false;
    }
    List<Op> homes = homes(session, op);
    return homes.isEmpty()
        ? session.stream()
            .anyMatch(
                earlier ->
                    earlier.before(op) && earlier.landed() && backend(earlier).equals(backend))
        : homes.stream().anyMatch(home -> backend(home).equals(backend));
  }

  private boolean isUp(String backend, long from, long until) {
    return outages(backend).noneMatch(outage -> outage.overlaps(from, until));
  }

  private Stream<Outage> outages(String backend) {
    return history.outages().stream().filter(outage -> outage.backend().equals(backend));
  }

  private NodeLife node(Op op) {
    return Objects.requireNonNull(history.nodes().get(op.node()), op.node());
  }

  private List<Span> faultsAround(Op first, Op last) {
    return around(history.nodeFaults(), first.received(), last.received());
  }

  private List<Span> around(List<Span> spans, long from, long until) {
    return spans.stream()
        .filter(span -> span.longerBy(limits.recovery()).overlaps(from, until))
        .toList();
  }

  private static String refusal(Op op) {
    return "%s asked %s, which was at work, and got %s"
        .formatted(
            op.session(),
            op.node(),
            op.failure().isEmpty() ? "status " + op.status() : op.failure());
  }

  private static String backend(Op op) {
    return Objects.requireNonNull(op.backend());
  }
}
