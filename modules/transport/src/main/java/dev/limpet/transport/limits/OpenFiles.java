package dev.limpet.transport.limits;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.limpet.transport.report.Occurrences;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The share of the files that the process may have open ({@code ulimit -n}) which clients and their
 * requests may take. The rest is for what has to work when they have taken all of it: the admin
 * API, the cluster, health checks, files that are read again. For any thread.
 */
public final class OpenFiles {

  /** Files that are kept for the admin API, checks and files, on top of what is open at start. */
  private static final int RESERVE = 64;

  /**
   * Files that a node opens beside traffic after its loops have been made: the cluster, listeners,
   * classes.
   */
  private static final int OWN = 40;

  /** Fewer would serve nobody. */
  private static final int LEAST = 16;

  private final int mostClients;
  private final int mostServers;
  private final AtomicInteger clients = new AtomicInteger();
  private final AtomicInteger servers = new AtomicInteger();
  private final Occurrences serversRefused = new Occurrences();

  /**
   * @param most that clients' connections and those to servers may take together
   */
  OpenFiles(int most) {
    this.mostClients = Math.max(1, most / 2);
    this.mostServers = Math.max(1, most - mostClients);
  }

  public static OpenFiles ofProcess() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long most = unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount();
      return new OpenFiles(
          (int) Math.min(Integer.MAX_VALUE, Math.max(LEAST, most - RESERVE - OWN)));
    }
    return new OpenFiles(Integer.MAX_VALUE);
  }

  /** So many clients may be connected at one time. */
  public int mostClients() {
    return mostClients;
  }

  public boolean takeClient() {
    return take(clients, mostClients);
  }

  public void giveBackClient() {
    clients.decrementAndGet();
  }

  public boolean areClientsFull() {
    return clients.get() >= mostClients;
  }

  /** Counts a connection to a server; false if there are too many. */
  public boolean takeServer() {
    return take(servers, mostServers);
  }

  public void giveBackServer() {
    servers.decrementAndGet();
  }

  /** Requests that found no connection to their server to be had. */
  public Occurrences serversRefused() {
    return serversRefused;
  }

  private static boolean take(AtomicInteger taken, int most) {
    return taken.getAndUpdate(count -> Math.min(count + 1, most)) < most;
  }
}
