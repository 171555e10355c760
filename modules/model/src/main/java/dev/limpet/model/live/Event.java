package dev.limpet.model.live;

/**
 * Something that has happened and that people want to know of later: a server that went down, a
 * change, a reload.
 *
 * @param epochMillis the cluster's time
 * @param node where it was noticed
 * @param kind one word or several with hyphens, such as {@code server-down}
 * @param subject what it is about: a server's id, a node's name, an upstream; or {@code ""}
 * @param text one sentence for an operator: what happened and why
 */
public record Event(
    long epochMillis, String node, Severity severity, String kind, String subject, String text) {

  /** How much it matters. */
  public enum Severity {
    INFO,
    WARNING,
    ERROR
  }
}
