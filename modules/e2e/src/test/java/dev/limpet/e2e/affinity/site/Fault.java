package dev.limpet.e2e.affinity.site;

import java.util.Locale;

/** What the nemesis can do. */
public enum Fault {
  KILL(true),
  FREEZE(true),
  PARTITION(true),
  CLOCK(true),
  RESTART(true),

  /** A node dies and comes back with an empty disk. */
  ERASE(true),
  BACKEND_KILL(false),
  BACKEND_FREEZE(false),
  BACKEND_REFUSE(false),
  BACKEND_DRAIN(false),

  /** A backend stands still, and then goes on: no session may leave it. */
  PAUSE(false),

  /** A backend's event loop is blocked while others load the cores: no session may leave it. */
  BUSY(false);

  private final boolean ofNodes;

  Fault(boolean ofNodes) {
    this.ofNodes = ofNodes;
  }

  public boolean ofNodes() {
    return ofNodes;
  }

  static Fault of(String label) {
    for (Fault fault : values()) {
      if (fault.label().equals(label)) {
        return fault;
      }
    }
    throw new IllegalArgumentException("no such fault: " + label + "; see --help");
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
