package dev.limpet.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ports for processes that must come back at the same address. They lie below the range from which
 * the kernel takes ports for outgoing connections, so nothing takes one while its owner is down.
 */
public final class Ports {

  private static final int FROM = 12_000;
  private static final int TO = 32_000;

  /** Processes begin far from each other, for what one has been given may not be open yet. */
  private static final AtomicLong next = new AtomicLong(ProcessHandle.current().pid() * 997);

  private Ports() {}

  /** A port on the loopback address that nothing listens on, and that was not given before. */
  public static int free() {
    while (true) {
      int port = FROM + (int) (next.getAndIncrement() % (TO - FROM));
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // The next one, then.
      }
    }
  }
}
