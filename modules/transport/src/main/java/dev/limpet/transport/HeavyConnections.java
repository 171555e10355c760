package dev.limpet.transport;

import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.limits.MemoryBudget;
import dev.limpet.transport.loop.Loop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The clients' connections of one loop for which much is held, that one first which has been so for
 * longest. Where memory is short they are what helps: Envoy, too, resets the streams that hold
 * most. For the loop only.
 */
final class HeavyConnections {

  /** More than a connection costs that has nothing under way. */
  static final int LEAST = 40 * 1024;

  /** A loop cuts until it holds its part of so many tenths of the limit. */
  private static final int ENOUGH_TENTHS = 6;

  private final Loop loop;
  private final LoopMemory memory;
  private final Consumer<Throwable> thrown;

  /** Each loop makes room for itself, down to its part of what all may hold. */
  private final long enough;

  private final Set<Connection> heavy = new LinkedHashSet<>();

  /** Whether the loop has been given the task to make room. */
  private boolean makesRoomSoon;

  /**
   * @param loops how many there are
   */
  HeavyConnections(Loop loop, int loops) {
    this.loop = loop;
    this.memory = loop.memory();
    this.thrown = loop.faults().in("a task");
    this.enough = memory.budget().limit() / 10 * ENOUGH_TENTHS / loops;
  }

  void add(Connection connection) {
    heavy.add(connection);
  }

  void remove(Connection connection) {
    heavy.remove(connection);
  }

  /**
   * One of them has got heavier. Room is made later, for the caller may be within a stream, where
   * nothing is cut.
   */
  void makeRoomSoon() {
    if (!makesRoomSoon && memory.budget().isAtLeast(MemoryBudget.Level.REFUSE)) {
      makesRoomSoon = true;
      loop.execute(
          () -> {
            makesRoomSoon = false;
            makeRoom();
          },
          thrown);
    }
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
    int least = leastSizeClass(excess);
    List<Connection> cut = new ArrayList<>();
    for (Connection connection : heavy) {
      if (sizeClass(connection) >= least) {
        cut.add(connection);
        excess -= connection.held();
        if (excess <= 0) {
          break;
        }
      }
    }
    for (Connection connection : cut) {
      connection.abort();
      memory.budget().countCut();
    }
    return true;
  }

  /** Connections of this size class and above hold as much together. */
  private int leastSizeClass(long excess) {
    long[] bytes = new long[Long.SIZE];
    for (Connection connection : heavy) {
      bytes[sizeClass(connection)] += connection.held();
    }
    int least = Long.SIZE;
    for (long sum = 0; sum < excess && least > 0; sum += bytes[least]) {
      least--;
    }
    return least;
  }

  /** A connection that holds twice as much is one class above. */
  private static int sizeClass(Connection connection) {
    return Long.SIZE - Long.numberOfLeadingZeros(connection.held());
  }
}
