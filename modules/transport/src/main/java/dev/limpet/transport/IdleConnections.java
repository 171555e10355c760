package dev.limpet.transport;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The clients' connections of one loop on which nothing is under way, the longest idle first: those that
 * can be done without when something runs out, as in nginx. For the loop only.
 */
public final class IdleConnections {

  /** In each round that memory is short this part of them goes, so that there is time to see it help. */
  private static final int PART = 10;

  /** Who has just come has not had the time to say anything. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final MemoryBudget budget;
  private final Set<Connection> idle = new LinkedHashSet<>();

  IdleConnections(MemoryBudget budget) {
    this.budget = budget;
  }

  void add(Connection connection) {
    idle.add(connection);
  }

  void remove(Connection connection) {
    idle.remove(connection);
  }

  /**
   * Closes the one that has been idle for longest.
   *
   * @param which among these
   * @return false if there is none
   */
  boolean closeLongest(Predicate<Connection> which) {
    long now = System.nanoTime();
    for (Iterator<Connection> oldest = idle.iterator(); oldest.hasNext(); ) {
      Connection connection = oldest.next();
      if (now - connection.idleSince() < GRACE_NANOS) {
        return false;
      }
      if (which.test(connection)) {
        oldest.remove();
        connection.closeIdle();
        return true;
      }
    }
    return false;
  }

  /** Closes one if memory is short, for another that comes. */
  void makeRoomForOne() {
    if (budget.isAtLeast(MemoryBudget.Level.CLOSE_IDLE) && closeLongest(any -> true)) {
      budget.onClosedIdle();
    }
  }

  /** Closes some if memory is short; to be called again and again. */
  void makeRoom() {
    if (!budget.isAtLeast(MemoryBudget.Level.CLOSE_IDLE)) {
      return;
    }
    List<Connection> closing = new ArrayList<>();
    for (Connection connection : idle) {
      closing.add(connection);
      if (closing.size() > idle.size() / PART) {
        break;
      }
    }
    for (Connection connection : closing) {
      idle.remove(connection);
      connection.closeIdle();
      budget.onClosedIdle();
    }
  }
}
