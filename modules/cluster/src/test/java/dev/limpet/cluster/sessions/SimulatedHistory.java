package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What clients were told, and when servers were gone; says whether that keeps the promises. */
final class SimulatedHistory {

  /** From when a server dies or is back to when every node that is Ready has heard of it. */
  static final long HEARSAY = 500 * SimulatedPlan.MILLI;

  /**
   * An answer that counts: the node was Ready, and a majority or a lease stood behind it.
   *
   * @param placement null where nobody knew the session
   */
  record Answer(
      SessionKey key,
      int node,
      String how,
      long asked,
      long answered,
      @Nullable Placement placement) {

    @Override
    public String toString() {
      return "%8.3f to %8.3f node %d %s key %d: %s"
          .formatted(
              asked / 1e9,
              answered / 1e9,
              node,
              how,
              key.low(),
              placement == null
                  ? "unknown"
                  : placement.server() + " @" + Long.toHexString(placement.version()));
    }
  }

  private record Gone(long server, long from, long to) {}

  private record Chosen(SessionKey key, long server, long asked, long at) {}

  private final List<Answer> answers = new ArrayList<>();
  private final List<Gone> gone = new ArrayList<>();
  private final List<Chosen> chosen = new ArrayList<>();

  /** A client was told by one node alone, so that nothing is promised. */
  private final Set<SessionKey> unpromised = new HashSet<>();

  void add(Answer answer) {
    answers.add(answer);
  }

  void gone(long server, long from, long to) {
    gone.add(new Gone(server, from, to));
  }

  /** A node that was asked for the session some time ago proposes to move it to the server. */
  void chosen(SessionKey key, long server, long asked, long at) {
    chosen.add(new Chosen(key, server, asked, at));
  }

  boolean isGone(long server, long at) {
    return gone.stream().anyMatch(one -> one.server == server && one.from <= at && at < one.to);
  }

  void unpromised(SessionKey key) {
    unpromised.add(key);
  }

  boolean isPromised(SessionKey key) {
    return !unpromised.contains(key);
  }

  int size() {
    return answers.size();
  }

  /** The first promise that is broken, or null. */
  @Nullable String broken() {
    for (Answer later : answers) {
      for (Answer earlier : answers) {
        if (!earlier.key.equals(later.key) || unpromised.contains(later.key)) {
          continue;
        }
        String broken = broken(earlier, later);
        if (broken != null) {
          return broken + "\n  " + earlier + "\n  " + later;
        }
      }
    }
    return null;
  }

  private @Nullable String broken(Answer earlier, Answer later) {
    Placement told = earlier.placement;
    Placement next = later.placement;
    if (told == null) {
      return null;
    }
    boolean before = earlier.answered < later.asked;
    if (next == null) {
      return before ? "P3: what a client was told is lost" : null;
    }
    if (told.version() == next.version() && told.server() != next.server()) {
      return "P2: one decision, two servers";
    }
    if (before && next.version() < told.version()) {
      return "P1: what a client was told is not what the next node says";
    }
    if (told.version() < next.version()
        && told.server() != next.server()
        && !mayMove(later, told.server(), next.server())) {
      return "P1: a session has moved whose server lives";
    }
    return null;
  }

  /**
   * Whether nodes proposed to move it there, each time while the server that it had was gone. What
   * is proposed may come to hold later, and more than one move may lie between two answers.
   */
  private boolean mayMove(Answer answer, long from, long to) {
    Set<Long> servers = new HashSet<>(Set.of(from));
    for (Chosen one : chosen) {
      if (one.key.equals(answer.key)
          && one.at <= answer.answered
          && servers.stream().anyMatch(server -> wasGone(server, one))) {
        servers.add(one.server);
      }
    }
    return servers.contains(to);
  }

  private boolean wasGone(long server, Chosen when) {
    return gone.stream()
        .anyMatch(
            one -> one.server == server && one.from <= when.at && when.asked <= one.to + HEARSAY);
  }
}
