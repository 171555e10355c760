package dev.limpet.node.demo;

/** The demo cannot go on; the message says why, to the person who started it. */
class DemoFailure extends RuntimeException {

  DemoFailure(String message) {
    super(message);
  }

  /** Something did not happen in a time in which it happens on any machine that is quick enough. */
  static final class TooSlow extends DemoFailure {

    TooSlow(String message) {
      super(Machine.tooSlow(message));
    }
  }
}
