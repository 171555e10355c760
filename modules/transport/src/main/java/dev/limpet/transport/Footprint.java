package dev.limpet.transport;

import dev.limpet.transport.limits.LoopMemory;
import java.util.function.LongConsumer;

/**
 * The bytes that are held for one client's connection, of any kind. They count for the loop, and a
 * connection for which there are many is one of its {@link HeavyConnections}. For the loop only.
 */
final class Footprint {

  /**
   * The cost of a channel, with what is in its pipeline; more with TLS, most of that beside the
   * heap.
   */
  private static final int CHANNEL_BYTES = 4 * 1024;

  private final Connection connection;
  private final HeavyConnections heavyOnes;
  private final LongConsumer changed = this::add;
  private final LoopMemory.Charge all;
  private final LoopMemory.Charge own;
  private boolean heavy;
  private boolean ended;

  /**
   * @param heavyOnes of the connection's loop
   */
  Footprint(Connection connection, LoopMemory memory, HeavyConnections heavyOnes) {
    this.connection = connection;
    this.heavyOnes = heavyOnes;
    this.all = memory.charge();
    this.own = charge();
    own.set(CHANNEL_BYTES);
  }

  /** A new charge, for something that is held for this client; nothing as yet. */
  LoopMemory.Charge charge() {
    return new LoopMemory.Charge(changed);
  }

  /** Sets how many bytes serving the connection costs, beside its channel. */
  void setServing(int bytes) {
    own.set(CHANNEL_BYTES + bytes);
  }

  long bytes() {
    return all.bytes();
  }

  /**
   * The connection is closed: what is still held for it goes within this turn of the loop, and is
   * not counted any more.
   */
  void end() {
    ended = true;
    all.set(0);
    if (heavy) {
      heavy = false;
      heavyOnes.remove(connection);
    }
  }

  private void add(long change) {
    if (ended) {
      return;
    }
    all.add(change);
    boolean now = all.bytes() > HeavyConnections.LEAST;
    if (now != heavy) {
      heavy = now;
      if (heavy) {
        heavyOnes.add(connection);
      } else {
        heavyOnes.remove(connection);
      }
    }
    if (heavy && change > 0) {
      heavyOnes.makeRoomSoon();
    }
  }
}
