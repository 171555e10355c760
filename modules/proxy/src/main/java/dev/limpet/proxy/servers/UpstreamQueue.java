package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.transport.loop.Loop;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one upstream that wait at this node because their servers are full. First come,
 * first served: a slot that becomes free is handed to the request that has waited longest of those
 * that may use it, and only that one hears of it, on its own loop.
 *
 * <p>Safe for any thread. The lock is taken only while requests wait, and for no longer than it
 * takes to change a linked list; with nobody waiting, the end of a request costs one more volatile
 * read.
 */
public final class UpstreamQueue {

  private final IntSupplier size;
  private final Supplier<RoutingSnapshot> routing;
  private final LongAdder overflows = new LongAdder();
  private final LongAdder timeouts = new LongAdder();

  /** By the one server that they may use; guarded by this. */
  private final Map<Backend, LinkedHashSet<Waiter>> bound = new HashMap<>();

  /** Those that may use any server; guarded by this. */
  private final LinkedHashSet<Waiter> unbound = new LinkedHashSet<>();

  private long arrivals;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param size how many may wait
   * @param routing the newest snapshot
   */
  UpstreamQueue(IntSupplier size, Supplier<RoutingSnapshot> routing) {
    this.size = size;
    this.routing = routing;
  }

  /** One request's wait. Its owner's loop makes it, gives it up, and hears of its turn. */
  public static final class Waiter {

    private final @Nullable Backend home;
    private final long key;
    private final Set<Backend> tried;
    private final Loop loop;
    private final Consumer<@Nullable Slot> turn;
    private long arrival;
    private boolean gone;

    /**
     * @param home the server that the client is bound to; null for a client that may use any
     * @param key as for {@link Upstream#takeSlot}
     * @param tried servers that must not be used
     * @param turn gets the slot; null where the servers have changed, so that another one has to be
     *     chosen
     */
    public Waiter(
        @Nullable Backend home,
        long key,
        Set<Backend> tried,
        Loop loop,
        Consumer<@Nullable Slot> turn) {
      this.home = home;
      this.key = key;
      this.tried = tried;
      this.loop = loop;
      this.turn = turn;
    }
  }

  /** Counts the end of a request, and hands its slot on if somebody waits for it. */
  void end(Backend backend) {
    if (!backend.isLimited()) {
      backend.end();
      return;
    }
    if (waiting.get() > 0 && handOver(backend)) {
      return;
    }
    backend.end();
    // Who comes at this moment counts as waiting before it looks for room, so one of us sees the
    // other.
    if (waiting.get() > 0) {
      offer(backend);
    }
  }

  /**
   * Queues up, unless there is a slot by now: then it is the waiter's turn at once.
   *
   * @return false if too many wait already
   */
  public synchronized boolean enter(Waiter waiter) {
    waiting.incrementAndGet();
    RoutingSnapshot snapshot = routing.get();
    boolean outdated = isOutdated(waiter, snapshot);
    Backend free = outdated ? null : tryBegin(waiter, snapshot);
    if (outdated || free != null) {
      waiting.decrementAndGet();
      call(waiter, free);
      return true;
    }
    if (waiting.get() > size.getAsInt()) {
      waiting.decrementAndGet();
      overflows.increment();
      return false;
    }
    waiter.arrival = arrivals++;
    if (waiter.home == null) {
      unbound.add(waiter);
    } else {
      bound.computeIfAbsent(waiter.home, home -> new LinkedHashSet<>()).add(waiter);
    }
    return true;
  }

  /** Waits no longer; a slot that is on its way to the waiter is freed. */
  public synchronized void leave(Waiter waiter) {
    waiter.gone = true;
    remove(waiter);
  }

  /** As {@link #leave}, because the time is over; false if its turn has come at this moment. */
  public synchronized boolean timeOut(Waiter waiter) {
    boolean waited = remove(waiter);
    if (waited) {
      timeouts.increment();
    }
    return waited;
  }

  /** Hears of a change of the servers: what waits for one that is gone chooses anew. */
  synchronized void refresh() {
    if (waiting.get() == 0) {
      return;
    }
    RoutingSnapshot snapshot = routing.get();
    bound.values().forEach(line -> callOutdated(line, snapshot));
    callOutdated(unbound, snapshot);
    bound.values().removeIf(Collection::isEmpty);
    snapshot.open().forEach(this::offer);
    snapshot.overflow().forEach(this::offer);
  }

  int waiting() {
    return waiting.get();
  }

  /** Requests that found the queue full. */
  long overflows() {
    return overflows.sum();
  }

  /** Requests that waited in vain. */
  long timeouts() {
    return timeouts.sum();
  }

  private synchronized boolean handOver(Backend backend) {
    Waiter next = first(backend);
    if (next == null) {
      return false;
    }
    remove(next);
    call(next, backend);
    return true;
  }

  private synchronized void offer(Backend backend) {
    Waiter next = first(backend);
    while (next != null && backend.tryBegin()) {
      remove(next);
      call(next, backend);
      next = first(backend);
    }
  }

  private @Nullable Waiter first(Backend backend) {
    LinkedHashSet<Waiter> line = bound.get(backend);
    Waiter ofBound = line == null ? null : line.getFirst();
    Waiter ofUnbound = firstUnbound(backend);
    if (ofBound == null || ofUnbound == null) {
      return ofBound == null ? ofUnbound : ofBound;
    }
    return ofBound.arrival < ofUnbound.arrival ? ofBound : ofUnbound;
  }

  private @Nullable Waiter firstUnbound(Backend backend) {
    if (unbound.isEmpty() || !routing.get().takesNew(backend)) {
      return null;
    }
    for (Waiter waiter : unbound) {
      if (!waiter.tried.contains(backend)) {
        return waiter;
      }
    }
    return null;
  }

  private boolean remove(Waiter waiter) {
    LinkedHashSet<Waiter> line = waiter.home == null ? unbound : bound.get(waiter.home);
    if (line == null || !line.remove(waiter)) {
      return false;
    }
    if (waiter.home != null && line.isEmpty()) {
      bound.remove(waiter.home);
    }
    waiting.decrementAndGet();
    return true;
  }

  private void callOutdated(Collection<Waiter> line, RoutingSnapshot snapshot) {
    for (Iterator<Waiter> waiters = line.iterator(); waiters.hasNext(); ) {
      Waiter waiter = waiters.next();
      if (isOutdated(waiter, snapshot)) {
        waiters.remove();
        waiting.decrementAndGet();
        call(waiter, null);
      }
    }
  }

  /** A client may be bound to a server of those that stand in for healthy ones, too. */
  private static boolean isOutdated(Waiter waiter, RoutingSnapshot snapshot) {
    Backend home = waiter.home;
    return home == null
        ? waiter.tried.containsAll(snapshot.open())
        : snapshot.bound(home.hash()) != home && !snapshot.open().contains(home);
  }

  private static @Nullable Backend tryBegin(Waiter waiter, RoutingSnapshot snapshot) {
    if (waiter.home != null) {
      return waiter.home.tryBegin() ? waiter.home : null;
    }
    return snapshot.tryBegin(waiter.key, waiter.tried);
  }

  private void call(Waiter waiter, @Nullable Backend backend) {
    Slot slot = backend == null ? null : new Slot(this, backend);
    waiter.loop.execute(
        () -> answer(waiter, slot),
        waiter.loop.faults().in("a request that waited", () -> free(slot)));
  }

  /** A request deals with what it throws by itself. */
  private static void answer(Waiter waiter, @Nullable Slot slot) {
    if (waiter.gone) {
      free(slot);
    } else {
      waiter.turn.accept(slot);
    }
  }

  private static void free(@Nullable Slot slot) {
    if (slot != null) {
      slot.free();
    }
  }
}
