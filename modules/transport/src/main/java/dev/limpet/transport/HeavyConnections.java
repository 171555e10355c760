package dev.limpet.transport;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The clients' connections of one loop for which much is held, that one first which has been so for
 * longest. Where memory is short they are what helps: Envoy, too, resets the streams that hold
 * most. For the loop only.
 */
final class HeavyConnections {

  /** More than a connection costs that has nothing under way. */
  static final int LEAST = 40 * 1024;

  private final LoopMemory memory;

  /** Each loop makes room for itself, down to its part of what all may hold. */
  private final long enough;

  private final Set<Connection> heavy = new LinkedHashSet<>();
  private final Executor executor;
  private final Runnable later;
  private boolean soon;

  /**
   * @param memory of the loop
   * @param loops how many there are
   * @param executor the loop
   * @param faults hears of what is thrown while room is made
   */
  HeavyConnections(LoopMemory memory, int loops, Executor executor, Faults faults) {
    this.memory = memory;
    this.enough = memory.budget().limit() / 10 * 6 / loops;
    this.executor = executor;
    this.later =
        Faults.guarded(
            () -> {
              soon = false;
              makeRoom();
            },
            faults.in("a task"));
  }

  void add(Connection connection) {
    heavy.add(connection);
  }

  /**
   * One of them has got heavier; whoever counts that may be within a stream, where nothing is cut.
   */
  void grown() {
    if (!soon && memory.budget().isAtLeast(MemoryBudget.Level.REFUSE)) {
      soon = true;
      executor.execute(later);
    }
  }

  void remove(Connection connection) {
    heavy.remove(connection);
  }

  /**
   * Cuts those that hold most if memory is short, and this loop has more than its part of it.
   *
   * @return false if there is no room for another connection
   */
  boolean makeRoom() {
    long excess = memory.held() - enough;
    if (excess <= 0 || !memory.budget().isAtLeast(MemoryBudget.Level.REFUSE)) {
      return true;
    }
    if (heavy.isEmpty()) {
      return false;
    }
    int least = leastSize(excess);
    List<Connection> cut = new ArrayList<>();
    for (Connection connection : heavy) {
      if (size(connection) >= least) {
        cut.add(connection);
        excess -= connection.held();
        if (excess <= 0) {
          break;
        }
      }
    }
    for (Connection connection : cut) {
      connection.abort();
      memory.budget().onCut();
    }
    return true;
  }

  /** Those of this size and above hold as much together. */
  private int leastSize(long excess) {
    long[] bytes = new long[Long.SIZE];
    for (Connection connection : heavy) {
      bytes[size(connection)] += connection.held();
    }
    int size = Long.SIZE;
    for (long sum = 0; sum < excess && size > 0; sum += bytes[size]) {
      size--;
    }
    return size;
  }

  /** Twice as much is one more. */
  private static int size(Connection connection) {
    return Long.SIZE - Long.numberOfLeadingZeros(connection.held());
  }
}
