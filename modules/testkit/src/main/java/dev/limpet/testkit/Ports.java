package dev.limpet.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports for processes that must come back at the same address. They lie below the range from which
 * the kernel takes ports for outgoing connections, so nothing takes one while its owner is down.
 *
 * <p>Tests of two modules run at the same time. So each process takes ports by the block, and holds
 * a block by the socket that it keeps open at the block's first port.
 */
public final class Ports {

  private static final int FROM = 12_000;
  private static final int BLOCK = 200;
  private static final int BLOCKS = 100;

  /** Never closed: a block is this process's for as long as it lives. */
  private static final List<ServerSocket> held = new ArrayList<>();

  /** Processes begin far from each other, for what an ended one has left may go on for a while. */
  private static int block = (int) (ProcessHandle.current().pid() * 7 % BLOCKS);

  private static int next;
  private static int end;

  private Ports() {}

  /** A port on the loopback address that nothing listens on, and that was not given before. */
  public static synchronized int free() {
    while (true) {
      if (next == end) {
        takeBlock();
      }
      int port = next++;
      try (ServerSocket probe = listen(port)) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // The next one, then.
      }
    }
  }

  private static void takeBlock() {
    for (int tries = 0; tries < BLOCKS; tries++) {
      block = (block + 1) % BLOCKS;
      int first = FROM + block * BLOCK;
      try {
        held.add(listen(first));
        next = first + 1;
        end = first + BLOCK;
        return;
      } catch (IOException taken) {
        // Another process has this block, or this one has used it up.
      }
    }
    throw new IllegalStateException("no block of ports is free: too many processes use them");
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
