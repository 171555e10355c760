package dev.limpet.balancing;

import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A server with this node's count of the requests and tunnels that are under way at it, which never
 * exceeds what the server may have. There is one for each server for as long as the node knows it.
 */
public final class Backend {

  /** Who asks each second whether a server is in use does not miss that it is. */
  private static final int RECENT_SECONDS = 5;

  private static final VarHandle ACTIVE;

  static {
    try {
      ACTIVE = MethodHandles.lookup().findVarHandle(Backend.class, "active", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Server server;
  private final boolean limited;

  /*
   * What selectors look at. Not volatile: reads that need no order are what makes a pick among a
   * hundred servers quick, and every request passes barriers enough. `active` is counted by ACTIVE only;
   * two that write `time` at once lose one of the two.
   */
  private int active;
  private int elsewhere;
  private long time;

  /** Whether a time was heard since {@link #age}; a race costs no more than one step of ageing. */
  private volatile boolean heard;

  /**
   * Whether a request was answered since {@link #takeAnswered}; a race costs no more than one of
   * them.
   */
  private volatile boolean answered;

  /** The fewest that were active since {@link #lasting}; a race costs no more than one reading. */
  private volatile int fewest;

  /** Whether a request has begun since {@link #age}; a race costs no more than one second. */
  private volatile boolean used;

  /** For how many calls of {@link #age} nobody has used it. */
  private volatile int unused;

  public Backend(Server server) {
    this.server = server;
    this.limited = server.maxConnections() > 0;
  }

  public Server server() {
    return server;
  }

  public ServerId id() {
    return server.id();
  }

  public long hash() {
    return server.id().hash();
  }

  /** Requests under way from this node. */
  public int active() {
    return (int) ACTIVE.getVolatile(this);
  }

  /** Requests under way from this node and, as far as they last, from the others. */
  public int load() {
    return active + elsewhere;
  }

  /**
   * How many requests were under way at every moment since the last call: those that last, and what
   * always waits at a server that cannot keep up. News of these is still true when others hear it;
   * the number at one moment is not, and nodes that go by it all choose the same server.
   */
  public int lasting() {
    int now = active();
    int lasting = Math.min(now, fewest);
    fewest = now;
    return lasting;
  }

  /** Says how many requests of the other nodes last here. */
  public void setElsewhere(int requests) {
    elsewhere = requests;
  }

  /** Whether requests are under way from this node, or were within the last seconds. */
  public boolean isInUse() {
    return used || unused < RECENT_SECONDS || active() > 0;
  }

  /**
   * Hears how long a request took. The newest eight or so make the {@link #time}.
   *
   * @param nanos at least 1 counts
   */
  public void took(long nanos) {
    heard = true;
    time = smoothed(time, Math.max(1, nanos));
  }

  /** As {@link #took}, for a request that failed: that it failed at once is no good sign. */
  public void failedAfter(long nanos) {
    if (nanos > time) {
      took(nanos);
    }
  }

  /** The smoothed time of a request, in nanoseconds; 0 while nothing is known. */
  public long time() {
    return time;
  }

  /**
   * To be called each second. A time that nothing new is heard of halves within five: a server that
   * was slow once would get no request any more that could show how it is now.
   */
  public void age() {
    if (!heard && active() == 0) {
      time -= time >> 3;
    }
    heard = false;
    boolean free = !used && active() == 0;
    used = false;
    unused = free ? Math.min(unused + 1, RECENT_SECONDS) : 0;
  }

  private static long smoothed(long before, long nanos) {
    return before == 0 ? nanos : Math.max(1, before + ((nanos - before) >> 3));
  }

  /** A request was answered here, whoever's. Cheap where it goes on and on. */
  public void answered() {
    if (!answered) {
      answered = true;
    }
  }

  /** Whether one was since the last call. */
  public boolean takeAnswered() {
    boolean was = answered;
    answered = false;
    return was;
  }

  /** Whether it takes a limited number of requests at one time. */
  public boolean isLimited() {
    return limited;
  }

  /** Whether it can take one more, at this moment. */
  public boolean hasRoom() {
    return !limited || active() < server.maxConnections();
  }

  /**
   * Counts one more request, to be followed by one {@link #end}.
   *
   * @return false if the server is full; then nothing is counted
   */
  public boolean tryBegin() {
    if (!used) {
      used = true;
    }
    if (!limited) {
      ACTIVE.getAndAdd(this, 1);
      return true;
    }
    int now = active();
    while (now < server.maxConnections()) {
      int witness = (int) ACTIVE.compareAndExchange(this, now, now + 1);
      if (witness == now) {
        return true;
      }
      now = witness;
    }
    return false;
  }

  public void end() {
    int now = (int) ACTIVE.getAndAdd(this, -1) - 1;
    if (now < fewest) {
      fewest = now;
    }
  }

  @Override
  public String toString() {
    return server.id().value();
  }
}
