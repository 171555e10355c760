package dev.limpet.cluster;

import dev.limpet.model.Health;

/**
 * What one observer thinks of a server.
 *
 * @param reason why it is down, in an operator's words
 */
record Verdict(Health health, String reason) {

  String encode() {
    return health + " " + reason;
  }

  static Verdict decode(String text) {
    int space = text.indexOf(' ');
    return new Verdict(Health.valueOf(text.substring(0, space)), text.substring(space + 1));
  }
}
