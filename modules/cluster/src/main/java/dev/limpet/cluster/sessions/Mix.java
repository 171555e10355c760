package dev.limpet.cluster.sessions;

/** Spreads the bits of a number: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
final class Mix {

  static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private Mix() {}

  static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
