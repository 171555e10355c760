package dev.limpet.e2e.affinity.site;

import dev.limpet.e2e.affinity.history.NodeLife;
import dev.limpet.e2e.affinity.history.Poll;
import dev.limpet.e2e.affinity.history.Span;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One Limpet node, what is done to it, and what its readiness endpoint says all the while. */
public final class TestedNode implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL_PATIENCE = Duration.ofSeconds(1);
  private static final long POLL_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Duration BEFORE_RESTART = Duration.ofSeconds(1);

  /** Ready, and not degraded: all promises hold. */
  private static final byte[] READY = HttpConnection.request("/quorum", "");

  private final LimpetNode limpet;
  private final Timeline time;
  private final Connections clients;
  private final List<Poll> polls = new ArrayList<>();
  private final List<Span> off = new ArrayList<>();
  private final List<Span> ended = new ArrayList<>();

  /** While the node is off: since when, why, and from when an answer counts as its return. */
  private long offSince = -1;

  private String offWhy = "";
  private boolean offUntilReady;
  private long backFrom;

  private boolean exitExpected;
  private volatile boolean over;

  TestedNode(LimpetNode limpet, Timeline time) {
    this.limpet = limpet;
    this.time = time;
    this.clients = new Connections(limpet.address(), PATIENCE);
  }

  public String name() {
    return limpet.name();
  }

  LimpetNode limpet() {
    return limpet;
  }

  public InetSocketAddress adminAddress() {
    return limpet.adminAddress();
  }

  public Connections clients() {
    return clients;
  }

  void start(String settings) {
    off(name() + " starts", true);
    limpet.start(settings);
    started();
    Thread.ofVirtual().name("poll-" + name()).start(this::poll);
  }

  public synchronized void kill() {
    off(name() + " is dead", true);
    exitExpected = true;
    limpet.process().kill();
  }

  /** With what it has kept on its disk. */
  synchronized void restart() {
    if (!over && !limpet.process().isAlive()) {
      limpet.restart();
      started();
    }
  }

  /** Has it run another version from its next start on. */
  public void runFrom(Path distribution) {
    limpet.runFrom(distribution);
  }

  /** Removes what a dead node has kept on its disk. */
  public synchronized void erase() {
    limpet.eraseData();
  }

  public void freeze() {
    off(name() + " is frozen", false);
    limpet.process().signal("STOP");
  }

  public synchronized void thaw() {
    limpet.process().signal("CONT");
    backFrom = time.now();
  }

  /** SIGTERM, and waits until it has gone. */
  public void stop() {
    Child process;
    synchronized (this) {
      off(name() + " stops", true);
      exitExpected = true;
      process = limpet.process();
      process.terminate();
    }
    process.awaitExit();
  }

  /** Whether it has answered when it was asked last, and is not off. */
  public synchronized boolean answers() {
    return offSince < 0 && !polls.isEmpty() && polls.getLast().answered();
  }

  public synchronized boolean isReady() {
    return offSince < 0 && !polls.isEmpty() && polls.getLast().ready();
  }

  public synchronized NodeLife life() {
    List<Span> spans = new ArrayList<>(off);
    if (offSince >= 0) {
      spans.add(new Span(offSince, Long.MAX_VALUE, offWhy));
    }
    return new NodeLife(List.copyOf(polls), List.copyOf(spans));
  }

  public synchronized List<Span> ended() {
    return List.copyOf(ended);
  }

  @Override
  public void close() {
    synchronized (this) {
      over = true;
      exitExpected = true;
    }
    limpet.close();
    clients.close();
  }

  private synchronized void started() {
    exitExpected = false;
    backFrom = time.now();
    Child process = limpet.process();
    process.onExit().thenRun(() -> onExit(process));
  }

  private void onExit(Child process) {
    synchronized (this) {
      if (exitExpected || process != limpet.process()) {
        return;
      }
      long now = time.now();
      long lastSeen =
          polls.stream().filter(Poll::answered).mapToLong(Poll::begun).max().orElse(now);
      ended.add(new Span(now, now, name() + " ended with " + process.awaitExit()));
      off(name() + " has ended by itself", true);
      offSince = Math.min(offSince, lastSeen);
    }
    LockSupport.parkNanos(BEFORE_RESTART.toNanos());
    restart();
  }

  /** Tells this node what a backend shall do, for the whole cluster; false if that did not work. */
  public boolean order(ClientKind upstream, TestedBackend backend, String state) {
    String path = "/api/v1/upstreams/%s/servers/%s".formatted(upstream.name(), backend.name());
    try (HttpConnection connection =
        new HttpConnection(limpet.adminAddress(), Duration.ofSeconds(5))) {
      return connection
              .exchange(
                  HttpConnection.request(
                      "PATCH",
                      path,
                      "Content-Type: application/json\r\n",
                      "{\"state\": \"" + state + "\"}"))
              .status()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized void off(String why, boolean untilReady) {
    if (offSince < 0) {
      offSince = time.now();
    }
    offWhy = why;
    offUntilReady = untilReady;
    backFrom = Long.MAX_VALUE;
  }

  private void poll() {
    HttpConnection connection = null;
    while (!over) {
      long begun = time.now();
      int status = 0;
      try {
        if (connection == null) {
          connection = new HttpConnection(limpet.adminAddress(), POLL_PATIENCE);
        }
        status = connection.exchange(READY).status();
      } catch (IOException e) {
        // No answer is an answer, too.
      }
      if (connection != null && (status == 0 || !connection.reusable())) {
        connection.close();
        connection = null;
      }
      seen(new Poll(begun, time.now(), status != 0, status == 200));
      LockSupport.parkNanos(POLL_INTERVAL);
    }
    if (connection != null) {
      connection.close();
    }
  }

  private synchronized void seen(Poll poll) {
    polls.add(poll);
    boolean back = offUntilReady ? poll.ready() : poll.answered();
    if (offSince >= 0 && back && poll.begun() >= backFrom) {
      off.add(new Span(offSince, poll.ended(), offWhy));
      offSince = -1;
    }
  }
}
