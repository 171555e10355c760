package dev.limpet.persistence;

import java.security.SecureRandom;

/** Names of changes: in the order of their versions, and short enough to be read aloud. */
final class ChangeId {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int RADIX = 32;
  private static final int RANDOM_BITS = 30;

  private ChangeId() {}

  /** Another one each time, whoever makes one of the same version. */
  static String of(long version) {
    return padded(Long.toString(version, RADIX), 13)
        + "-"
        + padded(Integer.toString(RANDOM.nextInt(1 << RANDOM_BITS), RADIX), 6);
  }

  private static String padded(String digits, int length) {
    return "0".repeat(Math.max(0, length - digits.length())) + digits;
  }
}
