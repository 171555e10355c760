package dev.limpet.transport;

import dev.limpet.transport.channel.Unread;
import dev.limpet.transport.limits.MemoryBudget;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The clients' connections of one loop on which nothing is under way, the longest idle first: those
 * that can be done without when something runs out, as in nginx. For the loop only.
 */
public final class IdleConnections {

  /**
   * In each round that memory is short this part of them goes, so that there is time to see it
   * help.
   */
  private static final int PART = 10;

  /** A client that has just come has not had the time to say anything. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** A TLS handshake takes a round trip or two, which may be long ones. */
  private static final long HANDSHAKE_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MemoryBudget budget;
  private final Set<Connection> idle = new LinkedHashSet<>();
  private final Set<Connection> handshaking = new LinkedHashSet<>();

  IdleConnections(MemoryBudget budget) {
    this.budget = budget;
  }

  void add(Connection connection) {
    idle.add(connection);
  }

  /** A TLS handshake has begun on it. */
  void addHandshaking(Connection connection) {
    handshaking.add(connection);
  }

  void remove(Connection connection) {
    if (!idle.remove(connection)) {
      handshaking.remove(connection);
    }
  }

  /**
   * Closes the one that has been idle for longest.
   *
   * @param which among these
   * @return false if there is none
   */
  boolean closeLongest(Predicate<Connection> which) {
    return closeLongest(idle, GRACE_NANOS, which)
        || closeLongest(handshaking, HANDSHAKE_GRACE_NANOS, which);
  }

  private static boolean closeLongest(
      Set<Connection> among, long graceNanos, Predicate<Connection> which) {
    long since = System.nanoTime() - graceNanos;
    for (Connection oldest = oldest(among, since, which);
        oldest != null;
        oldest = oldest(among, since, which)) {
      oldest.markBusy();
      if (!Unread.deliver(oldest.channel())) {
        oldest.channel().close();
        return true;
      }
    }
    return false;
  }

  private static @Nullable Connection oldest(
      Set<Connection> among, long since, Predicate<Connection> which) {
    for (Connection connection : among) {
      if (connection.idleSince() - since > 0) {
        return null;
      }
      if (which.test(connection)) {
        return connection;
      }
    }
    return null;
  }

  /** Closes one if memory is short, for another that comes. */
  void makeRoomForOne() {
    if (budget.isAtLeast(MemoryBudget.Level.CLOSE_IDLE) && closeLongest(any -> true)) {
      budget.countClosedIdle();
    }
  }

  /** Closes some if memory is short; to be called again and again. */
  void makeRoom() {
    if (!budget.isAtLeast(MemoryBudget.Level.CLOSE_IDLE)) {
      return;
    }
    for (int more = 1 + idle.size() / PART; more > 0 && closeLongest(any -> true); more--) {
      budget.countClosedIdle();
    }
  }
}
