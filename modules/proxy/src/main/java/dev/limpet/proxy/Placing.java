package dev.limpet.proxy;

import akka.http.javadsl.model.HttpRequest;
import dev.limpet.balancing.Backend;
import dev.limpet.model.Placement;
import dev.limpet.transport.Loop;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds one request its server: the one that the client is bound to, the session's new home if that
 * is gone, or one that takes new clients. Where that is full, the request waits. All of it runs on
 * the loop of the client's connection; only a session that has to move waits for the cluster.
 */
final class Placing {

  /** What comes of it: one call for {@link #begin}, and one for each {@link #goElsewhere}. */
  interface Taker {

    /**
     * @param server where a place was taken, to be given back by {@link UpstreamQueue#end}
     */
    void onPlace(Backend server, InetSocketAddress address);

    void onNoPlace(Failure failure);
  }

  private final Loop loop;
  private final UpstreamGroup group;
  private final ClientSession session;
  private final Taker taker;

  private Set<Backend> tried = Set.of();
  private UpstreamQueue.@Nullable Waiter waiter;
  private @Nullable Future<?> patience;
  private long waitsUntil;
  private boolean over;

  Placing(Loop loop, UpstreamGroup group, ClientSession session, Taker taker) {
    this.loop = loop;
    this.group = group;
    this.session = session;
    this.taker = taker;
  }

  void begin(HttpRequest request) {
    place(session.find(request));
  }

  /** The server cannot be reached: another one, or {@code failure} where there is none. */
  void goElsewhere(Backend failed, Failure failure) {
    tried = new HashSet<>(tried);
    tried.add(failed);
    if (tried.containsAll(group.snapshot().open())) {
      taker.onNoPlace(failure == Failure.CONNECT_REFUSED ? Failure.NO_SERVER : failure);
    } else if (session.isNew()) {
      placeNew();
    } else {
      move();
    }
  }

  /** The client has gone. */
  void cancel() {
    over = true;
    if (waiter != null) {
      group.queue().leave(waiter);
      endWait();
    }
  }

  private void place(@Nullable Placement place) {
    if (place == null) {
      placeNew();
      return;
    }
    Backend home = group.snapshot().bound(place.backend());
    if (home == null) {
      move();
    } else {
      placeAt(home);
    }
  }

  private void placeNew() {
    RoutingSnapshot snapshot = group.snapshot();
    Backend chosen = snapshot.take(tried);
    if (chosen != null) {
      taken(chosen);
    } else if (tried.containsAll(snapshot.open())) {
      taker.onNoPlace(Failure.NO_SERVER);
    } else {
      await(null);
    }
  }

  private void placeAt(Backend home) {
    if (home.tryBegin()) {
      taken(home);
    } else {
      await(home);
    }
  }

  private void move() {
    List<Backend> candidates =
        group.snapshot().open().stream().filter(candidate -> !tried.contains(candidate)).toList();
    Backend next = session.nextHome(candidates);
    if (next == null) {
      taker.onNoPlace(Failure.NO_SERVER);
      return;
    }
    session
        .move(candidates, next)
        .whenComplete((moved, failure) -> loop.executor().execute(() -> onMoved(moved, next)));
  }

  private void onMoved(@Nullable Placement moved, Backend chosen) {
    if (over) {
      return;
    }
    Placement place = moved == null ? new Placement(chosen.hash(), 0) : moved;
    Backend home = group.snapshot().bound(place.backend());
    session.moved(place);
    placeAt(home == null ? chosen : home);
  }

  private void taken(Backend server) {
    InetSocketAddress address = group.snapshot().addresses().get(server);
    if (address == null) {
      // The servers have changed since it was chosen.
      group.queue().end(server);
      goElsewhere(server, Failure.NO_SERVER);
      return;
    }
    if (session.isNew()) {
      session.begin(server);
    }
    taker.onPlace(server, address);
  }

  /** The patience is the request's, however often it has to wait. */
  private void await(@Nullable Backend home) {
    long now = System.nanoTime();
    if (waitsUntil == 0) {
      waitsUntil = now + group.settings().queueTimeout().toNanos();
    }
    UpstreamQueue.Waiter mine =
        new UpstreamQueue.Waiter(home, tried, loop.executor(), this::onTurn);
    if (!group.queue().enter(mine)) {
      taker.onNoPlace(Failure.QUEUE_FULL);
      return;
    }
    waiter = mine;
    patience =
        loop.executor()
            .schedule(() -> onTimeout(mine), waitsUntil - now, TimeUnit.NANOSECONDS);
  }

  private void onTurn(@Nullable Backend place) {
    endWait();
    if (place != null) {
      taken(place);
    } else {
      place(session.isNew() ? null : session.placement());
    }
  }

  private void onTimeout(UpstreamQueue.Waiter late) {
    if (group.queue().timeOut(late)) {
      endWait();
      taker.onNoPlace(Failure.QUEUE_TIMEOUT);
    }
  }

  private void endWait() {
    waiter = null;
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }
}
