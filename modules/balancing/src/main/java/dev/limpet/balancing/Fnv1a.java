package dev.limpet.balancing;

/**
 * FNV-1a with 64 bits (Fowler, Noll and Vo), over chars instead of bytes. Its lower bits alone are
 * not good enough: mix what comes out.
 */
final class Fnv1a {

  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private Fnv1a() {}

  static long hash(String text) {
    return hash(text, text.length());
  }

  /** Of the chars up to there. */
  static long hash(String text, int length) {
    long hash = OFFSET;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ text.charAt(i)) * PRIME;
    }
    return hash;
  }
}
