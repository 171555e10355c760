package dev.limpet.model;

import java.time.Duration;

/**
 * What tells a server apart from the others of its upstream.
 *
 * @param backup whether it gets new clients only where no other server is healthy
 * @param down whether it is out of service until an operator orders otherwise
 * @param slowStart how long its weight grows after it has come up again; zero for not at all
 * @param zone where it stands; empty where that does not matter
 */
public record ServerOptions(boolean backup, boolean down, Duration slowStart, String zone) {

  public static final ServerOptions NONE = new ServerOptions(false, false, Duration.ZERO, "");
}
