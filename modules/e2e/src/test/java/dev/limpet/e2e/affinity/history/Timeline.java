package dev.limpet.e2e.affinity.history;

/** Nanoseconds since the run began, on the clock that nobody skews. For any thread. */
public final class Timeline {

  private final long began = System.nanoTime();

  public long now() {
    return System.nanoTime() - began;
  }
}
