package dev.limpet.e2e.affinity;

/** Nanoseconds since the run began, on the clock that nobody skews. For any thread. */
final class Timeline {

  private final long began = System.nanoTime();

  long now() {
    return System.nanoTime() - began;
  }
}
