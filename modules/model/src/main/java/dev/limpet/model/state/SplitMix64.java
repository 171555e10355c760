package dev.limpet.model.state;

/**
 * Spreads the bits of a number, the same at every node: parts of SplitMix64 (Steele, Lea and Flood,
 * "Fast Splittable Pseudorandom Number Generators", 2014).
 */
public final class SplitMix64 {

  /** An odd constant without a pattern in its bits: the golden ratio's fraction. */
  public static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private SplitMix64() {}

  /** The generator's finaliser. */
  public static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
