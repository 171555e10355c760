package dev.limpet.cluster;

import dev.limpet.model.state.Health;

/**
 * What one observer, or the majority of them, thinks of a server.
 *
 * @param reason why it is not up: which check failed and how, in an operator's words
 */
record Verdict(Health health, String reason) {

  static final Verdict UP = new Verdict(Health.UP, "");

  boolean isUp() {
    return health == Health.UP;
  }

  boolean isDead() {
    return health == Health.DEAD;
  }

  String encode() {
    return health + " " + reason;
  }

  static Verdict decode(String text) {
    int space = text.indexOf(' ');
    return new Verdict(Health.valueOf(text.substring(0, space)), text.substring(space + 1));
  }
}
