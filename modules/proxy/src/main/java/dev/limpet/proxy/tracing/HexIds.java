package dev.limpet.proxy.tracing;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ids at random, in lower-case hexadecimal digits: cheap, unique over all nodes, and none is all
 * zero. They are no secrets; whoever has seen some may guess the next.
 */
final class HexIds {

  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Of this process: the generators of all processes walk the same long circle. */
  private static final long[] SALT = new SecureRandom().longs(2).toArray();

  private HexIds() {}

  /** 32 digits. */
  static String of128Bits() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] digits = new byte[32];
    write(random.nextLong() ^ SALT[0], digits, 0);
    write(notZero(random), digits, 16);
    return text(digits);
  }

  /** 16 digits. */
  static String of64Bits() {
    byte[] digits = new byte[16];
    write(notZero(ThreadLocalRandom.current()), digits, 0);
    return text(digits);
  }

  private static long notZero(ThreadLocalRandom random) {
    long number;
    do {
      number = random.nextLong() ^ SALT[1];
    } while (number == 0);
    return number;
  }

  private static void write(long number, byte[] to, int from) {
    for (int i = 0; i < 16; i++) {
      to[from + i] = DIGITS[(int) (number >>> (60 - 4 * i)) & 0xf];
    }
  }

  private static String text(byte[] digits) {
    return new String(digits, StandardCharsets.ISO_8859_1);
  }
}
