package dev.limpet.transport;

import dev.limpet.model.KeyRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys that seal TLS session tickets. All nodes make the same ones of the cluster's keys and the
 * time, so a ticket is good at every node, and nothing has to be sent around when they change.
 */
final class TicketKeys {

  /** A ticket can be opened until the end of the period after the one in which it was sealed. */
  private static final long PERIOD_SECONDS = 12 * 3600;

  private static final int BYTES = 48;
  private static final byte[] LABEL = "limpet tls ticket".getBytes(StandardCharsets.US_ASCII);

  private TicketKeys() {}

  static long period(long epochSeconds) {
    return epochSeconds / PERIOD_SECONDS;
  }

  /** The first seals; the others open what was sealed before, or by a node whose clock is ahead. */
  static List<byte[]> of(KeyRing ring, long period) {
    List<byte[]> keys = new ArrayList<>();
    for (byte[] secret : ring.keys()) {
      keys.add(derive(secret, period));
      keys.add(derive(secret, period - 1));
      keys.add(derive(secret, period + 1));
    }
    return keys;
  }

  /** HKDF's expansion (RFC 5869, 2.3), of secrets that are keys already. */
  private static byte[] derive(byte[] secret, long period) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      byte[] info = ByteBuffer.allocate(32).put(LABEL).putLong(24, period).array();
      mac.update(info);
      byte[] first = mac.doFinal(new byte[] {1});
      mac.update(first);
      mac.update(info);
      byte[] second = mac.doFinal(new byte[] {2});
      byte[] key = Arrays.copyOf(first, BYTES);
      System.arraycopy(second, 0, key, first.length, BYTES - first.length);
      return key;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
