package dev.limpet.cluster.health;

import dev.limpet.model.state.Health;

/**
 * The opinion of one observer, or of the majority of them, on a server.
 *
 * @param reason why it is not up: which check failed and how, in an operator's words
 */
public record Verdict(Health health, String reason) {

  public static final Verdict UP = new Verdict(Health.UP, "");

  public String encode() {
    return health + " " + reason;
  }

  public static Verdict decode(String text) {
    int space = text.indexOf(' ');
    return new Verdict(Health.valueOf(text.substring(0, space)), text.substring(space + 1));
  }
}
