package dev.limpet.node.demo;

/** The demo cannot go on; the message says why, to the person who started it. */
final class DemoFailure extends RuntimeException {

  DemoFailure(String message) {
    super(message);
  }
}
