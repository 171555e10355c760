package dev.limpet.model.settings;

import dev.limpet.model.net.HostPort;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The lasting name of one server of an upstream. It comes from the upstream and the address, or
 * from an explicit {@code id}, never from a position in a list, so adding or removing another
 * server does not change it.
 *
 * @param value what operators see, for example {@code nodejs/127.0.0.1:3001}
 * @param hash the first 64 bits of the value's SHA-256: what cookies and the session table hold.
 *     Never 0
 */
public record ServerId(String value, long hash) implements Comparable<ServerId> {

  /**
   * @param serverId an address with IPv6 may be written in any way
   */
  public static ServerId of(String upstream, String serverId) {
    String value = upstream + "/" + canonical(serverId);
    return new ServerId(value, hashOf(value));
  }

  private static String canonical(String serverId) {
    if (!serverId.startsWith("[")) {
      return serverId;
    }
    try {
      return HostPort.parse(serverId).toString();
    } catch (IllegalArgumentException notAnAddress) {
      return serverId;
    }
  }

  private static long hashOf(String value) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
      long hash = ByteBuffer.wrap(digest).getLong();
      return hash == 0 ? 1 : hash;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(ServerId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
