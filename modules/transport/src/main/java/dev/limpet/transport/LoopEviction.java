package dev.limpet.transport;

import dev.limpet.transport.loop.Loop;

/** The clients' connections of one loop, as candidates for {@link Eviction}. For the loop only. */
final class LoopEviction {

  private final Loop loop;
  private final IdleConnections idle;
  private final HeavyConnections heavy;

  /**
   * @param loops how many there are
   */
  LoopEviction(Loop loop, int loops) {
    this.loop = loop;
    this.idle = new IdleConnections(loop.memory().budget());
    this.heavy = new HeavyConnections(loop, loops);
  }

  Loop loop() {
    return loop;
  }

  /** The connections that can be done without. */
  IdleConnections idle() {
    return idle;
  }

  /** The connections that hold much. */
  HeavyConnections heavy() {
    return heavy;
  }

  /** Closes some if memory is short, and has those read on that were stopped if it is not. */
  void makeRoom() {
    idle.makeRoom();
    heavy.makeRoom();
    loop.memory().resume();
  }
}
