package dev.limpet.transport.limits;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The count of connections that each client address has. An IPv6 address counts with its network of
 * 64 bits, which is what one subscriber has (RFC 6177). For any thread.
 */
public final class AddressLimit {

  private final Map<Long, Integer> connections = new ConcurrentHashMap<>();

  /**
   * Counts one more.
   *
   * @param most 0 for any number
   * @return what it is counted under, for {@link #leave}; null if there are too many
   */
  public @Nullable Long enter(InetAddress address, int most) {
    long key = key(address);
    int now = connections.merge(key, 1, Integer::sum);
    if (most > 0 && now > most) {
      leave(key);
      return null;
    }
    return key;
  }

  public void leave(long key) {
    connections.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
  }

  private static long key(InetAddress address) {
    byte[] bytes = address.getAddress();
    long key = 0;
    for (int i = 0; i < Math.min(bytes.length, Long.BYTES); i++) {
      key = key << 8 | (bytes[i] & 0xff);
    }
    // The networks of IPv6 stand above all addresses of IPv4.
    return address instanceof Inet6Address ? key | Long.MIN_VALUE : key;
  }
}
