package dev.limpet.transport;

import dev.limpet.model.settings.Settings;
import dev.limpet.transport.limits.AddressLimit;
import dev.limpet.transport.limits.OpenFiles;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.report.Occurrences;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which connections of one listener are served now, which wait for others to end, and which
 * are refused because their address has too many. A connection that is served has a slot. For any
 * thread, but for what says otherwise.
 */
final class Admission {

  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  private final Supplier<Settings.Listener> settings;
  private final Acceptors acceptors;
  private final Eviction eviction;
  private final OpenFiles files;
  private final DeferredAccept deferred;
  private final AtomicInteger served = new AtomicInteger();
  private final Queue<Connection> waiting = new ConcurrentLinkedQueue<>();
  private final LongAdder closedIdle = new LongAdder();
  private final AddressLimit addresses = new AddressLimit();
  private final Occurrences tooManyPerAddress = new Occurrences();

  /**
   * @param settings the listener's of this moment
   * @param silence how long the kernel keeps clients that say nothing, once there are too many
   */
  Admission(
      Supplier<Settings.Listener> settings,
      Acceptors acceptors,
      Eviction eviction,
      Duration silence) {
    this.settings = settings;
    this.acceptors = acceptors;
    this.eviction = eviction;
    this.files = eviction.loops().files();
    this.deferred =
        new DeferredAccept(acceptors.sockets(), eviction.loops().all().getFirst(), silence);
  }

  /** Serves a new connection, or lets it wait. On its loop. */
  void enter(Connection connection) {
    LoopEviction loop = eviction.of(connection.loop());
    if (takeSlot() || (closeIdle(loop) && takeSlot())) {
      start(connection);
      return;
    }
    waiting.add(connection);
    eviction.addCrowded(this);
    acceptors.accept(false);
    deferred.deferWhileCrowded();
    // A slot may have come free meanwhile.
    admitWaiting();
  }

  /** A connection that has entered is closed. */
  void leave(Connection connection) {
    if (!waiting.remove(connection)) {
      giveBackSlot();
    }
    admitWaiting();
    eviction.admitWaiting();
  }

  /** Serves those that wait, as far as there are slots for them. */
  void admitWaiting() {
    while (!waiting.isEmpty() && takeSlot()) {
      Connection next = waiting.poll();
      if (next == null) {
        giveBackSlot();
      } else {
        start(next);
      }
    }
    if (waiting.isEmpty()) {
      eviction.removeCrowded(this);
      acceptors.accept(true);
    }
  }

  /** Closes what is idle on a loop if somebody waits for its slot. On that loop. */
  void makeRoom(LoopEviction loop) {
    if (!waiting.isEmpty()) {
      closeIdle(loop);
    }
  }

  /**
   * Counts a connection for its client's address.
   *
   * @return what it is counted under, for {@link #leaveAddress}; null if there are too many
   */
  @Nullable Long enterAddress(InetAddress address) {
    Settings.Listener now = settings.get();
    boolean trusted = now.trustedProxies().stream().anyMatch(block -> block.contains(address));
    Long counted = addresses.enter(address, trusted ? 0 : now.maxConnectionsPerAddress());
    if (counted == null) {
      tooManyPerAddress.add(
          times ->
              LOG.warn(
                  "listener {}: {} has more than {} connections; {} refused in the last second",
                  now.name(),
                  address.getHostAddress(),
                  now.maxConnectionsPerAddress(),
                  times));
    }
    return counted;
  }

  void leaveAddress(long countedUnder) {
    addresses.leave(countedUnder);
  }

  /** How many connections are served. */
  int served() {
    return served.get();
  }

  /** Whether no connection is open, nor waits to be served. */
  boolean isEmpty() {
    return waiting.isEmpty() && served.get() == 0;
  }

  /** Whether clients have had to wait for a slot a moment ago. */
  boolean isCrowded() {
    return deferred.isOn();
  }

  /** Idle connections that were closed to make room for others, since start. */
  long closedIdle() {
    return closedIdle.sum();
  }

  /** Connections that were refused because their addresses had too many, since start. */
  long tooManyPerAddress() {
    return tooManyPerAddress.count();
  }

  private boolean closeIdle(LoopEviction loop) {
    boolean closed =
        files.areClientsFull()
            ? loop.idle().closeLongest(any -> true)
            : loop.idle().closeLongest(connection -> connection.belongsTo(this));
    if (closed) {
      closedIdle.increment();
    }
    return closed;
  }

  private boolean takeSlot() {
    int most = settings.get().maxConnections();
    if (served.getAndUpdate(count -> Math.min(count + 1, most)) >= most) {
      return false;
    }
    if (files.takeClient()) {
      return true;
    }
    served.decrementAndGet();
    return false;
  }

  private void giveBackSlot() {
    served.decrementAndGet();
    files.giveBackClient();
  }

  private static void start(Connection connection) {
    // Once the channel is registered and active, its addresses are known.
    Loop loop = connection.loop();
    loop.execute(connection::startReading, loop.faults().in("a connection", connection::abort));
  }
}
