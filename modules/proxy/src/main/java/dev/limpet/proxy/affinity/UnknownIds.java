package dev.limpet.proxy.affinity;

import dev.limpet.model.state.SplitMix64;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the ids that no server has set and that were bound for each client of late ({@code
 * learn-unknown}). A client is an IPv4 address, or a network of 64 bits of IPv6, of which whoever
 * has one address has all.
 *
 * <p>Memory is bounded: clients share a count where their hashes say so, and then get less. Safe
 * for any thread.
 */
final class UnknownIds {

  private static final int SLOTS = 1 << 13;
  private static final int SECONDS = 60;
  private static final int COUNT_BITS = 24;
  private static final long COUNT = (1L << COUNT_BITS) - 1;
  private static final int NETWORK_BYTES = 8;

  /** Each a minute, and how many ids in it. */
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  /** Nobody is to choose with whom he shares a count. */
  private final long seed = ThreadLocalRandom.current().nextLong();

  /**
   * Counts one id more.
   *
   * @param limit of one client in a minute, below 2²⁴
   * @return whether it may be bound
   */
  boolean admits(String address, long nowSeconds, int limit) {
    int slot = slot(address);
    long minute = nowSeconds / SECONDS;
    while (true) {
      long before = slots.get(slot);
      long count = before >>> COUNT_BITS == minute ? before & COUNT : 0;
      if (count >= limit) {
        return false;
      }
      if (slots.compareAndSet(slot, before, (minute << COUNT_BITS) | (count + 1))) {
        return true;
      }
    }
  }

  private int slot(String address) {
    long mixed = (network(address) ^ seed) * SplitMix64.GOLDEN_GAMMA;
    return (int) (mixed >>> 32) & (SLOTS - 1);
  }

  private static long network(String address) {
    try {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      return bytes.length < NETWORK_BYTES
          ? ByteBuffer.wrap(bytes).getInt()
          : ByteBuffer.wrap(bytes).getLong();
    } catch (IllegalArgumentException notAnAddress) {
      return address.hashCode();
    }
  }
}
