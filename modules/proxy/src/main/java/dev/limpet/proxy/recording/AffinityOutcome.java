package dev.limpet.proxy.recording;

import java.util.Locale;

/** The outcome of a request for the binding between its client and a server. */
public enum AffinityOutcome {
  /** Nothing binds the client to a server, or no upstream was asked. */
  NONE,
  /** The client was bound to the server. */
  NEW,
  /** The client is where it belongs. */
  KEPT,
  /** The client's server was gone, or full, and it belongs to another one now. */
  MOVED;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** As logs and figures have it. */
  public String word() {
    return word;
  }
}
