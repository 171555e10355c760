package dev.limpet.model.settings;

import java.time.Duration;

/**
 * The options that tell a server apart from the others of its upstream.
 *
 * @param backup whether, and when, it stands in for the others
 * @param down whether it is out of service until an operator orders otherwise
 * @param slowStart how long its weight grows after it has come up again; zero for not at all
 * @param zone where it stands; empty where that does not matter
 */
public record ServerOptions(Backup backup, boolean down, Duration slowStart, String zone) {

  /** When a server that stands in for others gets new clients. */
  public enum Backup {
    /** It does not stand in: it gets them at any time. */
    OFF,
    /** Where no other server is healthy. */
    FAILURE,
    /** As well where all others are full. */
    OVERFLOW
  }

  public static final ServerOptions NONE = new ServerOptions(Backup.OFF, false, Duration.ZERO, "");
}
