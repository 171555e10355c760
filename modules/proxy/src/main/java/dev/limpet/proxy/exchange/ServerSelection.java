package dev.limpet.proxy.exchange;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Rendezvous;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.servers.RoutingSnapshot;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.servers.UpstreamQueue;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds one request its server: the one that the client is bound to, the session's new home if that
 * is gone, or one that takes new clients. Where that is full, the request waits, unless the session
 * may move. With a place taken, the cluster hears of what it does not know yet, and may know
 * better. All of it runs on the loop of the client's connection.
 */
final class ServerSelection implements ClientSession.Follower {

  /** What comes of it: one call for {@link #begin}, and one for each {@link #goElsewhere}. */
  interface Taker {

    /**
     * @param server where a place was taken, to be given back by {@link UpstreamQueue#end}
     */
    void onPlace(Backend server, Addresses addresses);

    void onNoPlace(Failure failure);

    /** This was thrown on the way, outside of any call of the taker's. */
    void onThrown(Throwable thrown);
  }

  private final Loop loop;
  private final ClusterState cluster;
  private final Upstream group;
  private final ClientSession session;
  private final Entry log;
  private final Taker taker;

  /** Servers that cannot be reached. Copied when it grows: other threads read it. */
  private Set<Backend> tried = Set.of();

  /** Servers that were left because they are full; as {@link #tried}. */
  private Set<Backend> full = Set.of();

  /** Where a place is taken while the cluster is asked. */
  private @Nullable Backend held;

  /** Whether other servers are asked while the session stays where it is. */
  private boolean visiting;

  /** How often the client's own server could not be reached in time. */
  private int connects;

  private UpstreamQueue.@Nullable Waiter waiter;
  private @Nullable Future<?> patience;
  private long waitsSince;
  private long waitsUntil;
  private boolean over;

  ServerSelection(
      Loop loop,
      ClusterState cluster,
      Upstream group,
      ClientSession session,
      Entry log,
      Taker taker) {
    this.loop = loop;
    this.cluster = cluster;
    this.group = group;
    this.session = session;
    this.log = log;
    this.taker = taker;
  }

  void begin() {
    session.recognize(this);
  }

  /**
   * The server cannot be reached: another one, or {@code failure} where there is none. That a
   * connection comes late or not as it should shows no death: a client that is bound there stays.
   */
  void goElsewhere(Backend failed, Failure failure) {
    if (isUncertain(failure) && session.isBoundTo(failed.hash()) && home(failed.hash()) != null) {
      connects++;
      if (connects < group.settings().retries().attempts()) {
        placeAt(failed);
      } else {
        taker.onNoPlace(failure);
      }
      return;
    }
    tried = with(tried, failed);
    if (visiting) {
      visit();
      return;
    }
    if (group.snapshot().untried(tried).isEmpty()) {
      taker.onNoPlace(failure == Failure.CONNECT_REFUSED ? Failure.NO_SERVER : failure);
    } else {
      session.leave(failed.hash(), this);
    }
  }

  /**
   * From now on other servers are only asked for a better answer: the session stays where it is
   * until {@link #follow}.
   */
  void stay() {
    visiting = true;
  }

  /**
   * This server has the better answer: the session moves there, if it has not gone elsewhere
   * meanwhile.
   *
   * @return completes when the client may hear of it; null for at once
   */
  @Nullable CompletionStage<?> follow(Backend better) {
    return visiting ? session.follow(better, usable(better)) : null;
  }

  private void visit() {
    SessionKey key = session.key();
    Backend next = key == null ? null : Rendezvous.choose(key, withRoom(null));
    if (next != null && next.tryBegin()) {
      ready(next);
    } else {
      taker.onNoPlace(Failure.NO_SERVER);
    }
  }

  private static boolean isUncertain(Failure failure) {
    return failure.replay() == Failure.Replay.ALWAYS && failure != Failure.CONNECT_REFUSED;
  }

  /** Whether a server that takes new clients, and has room, has not been asked yet. */
  boolean hasOther(Backend than) {
    return !withRoom(than).isEmpty();
  }

  /** The client has gone. */
  void cancel() {
    over = true;
    if (waiter != null) {
      group.queue().leave(waiter);
      endWait();
    }
    if (held != null) {
      group.queue().end(held);
      held = null;
    }
  }

  @Override
  public void onRecognized() {
    if (over) {
      return;
    }
    Placement place = session.place();
    if (place == null) {
      placeAnew();
      return;
    }
    Backend home = home(place.backend());
    if (home == null || tried.contains(home)) {
      session.leave(place.backend(), this);
    } else {
      placeAt(home);
    }
  }

  @Override
  public void onAgreed() {
    Backend server = held;
    if (over || server == null) {
      return;
    }
    Placement place = session.place();
    Backend home = place == null ? null : home(place.backend());
    if (home == null || home == server) {
      ready(server);
    } else {
      held = null;
      group.queue().end(server);
      placeAt(home);
    }
  }

  /**
   * The server with this hash, if sessions may be there. A node that has just stood still may think
   * that a server is dead which is long up again: then trying is better than moving its sessions.
   */
  private @Nullable Backend home(long hash) {
    RoutingSnapshot snapshot = group.snapshot();
    Backend home = snapshot.bound(hash);
    return home == null && cluster.isOutdated() ? snapshot.dead(hash) : home;
  }

  private void placeAnew() {
    SessionKey key = session.keyOnTheMove();
    if (key == null) {
      placeNew();
      return;
    }
    Backend next = Rendezvous.choose(key, candidates());
    if (next == null) {
      taker.onNoPlace(Failure.NO_SERVER);
    } else {
      placeAt(next);
    }
  }

  private void placeNew() {
    RoutingSnapshot snapshot = group.snapshot();
    Backend chosen = snapshot.take(group.key(session.requested()), tried);
    if (chosen != null) {
      taken(chosen);
    } else if (!tried.containsAll(snapshot.open())) {
      await(null);
    } else {
      placeAtLast(snapshot.untried(tried));
    }
  }

  private void placeAtLast(List<Backend> left) {
    for (Backend server : left) {
      if (server.tryBegin()) {
        taken(server);
        return;
      }
    }
    taker.onNoPlace(Failure.NO_SERVER);
  }

  private void placeAt(Backend home) {
    if (home.tryBegin()) {
      taken(home);
    } else if (group.settings().affinity().onFull() == Settings.OnFull.MOVE
        && !full.contains(home)
        && !withRoom(home).isEmpty()) {
      full = with(full, home);
      session.leave(home.hash(), this);
    } else {
      await(home);
    }
  }

  /** Where a session may move: to servers with room, if it moves for that. */
  private List<Backend> candidates() {
    List<Backend> roomy = full.isEmpty() ? List.of() : withRoom(null);
    return roomy.isEmpty() ? group.snapshot().untried(tried) : roomy;
  }

  /** Of those that take new clients; backups for overflow where no other has room. */
  private List<Backend> withRoom(@Nullable Backend except) {
    RoutingSnapshot snapshot = group.snapshot();
    List<Backend> roomy = withRoom(snapshot.open(), except);
    return roomy.isEmpty() ? withRoom(snapshot.overflow(), except) : roomy;
  }

  private List<Backend> withRoom(List<Backend> servers, @Nullable Backend except) {
    return servers.stream()
        .filter(
            server ->
                server != except
                    && server.hasRoom()
                    && !tried.contains(server)
                    && !full.contains(server))
        .toList();
  }

  /** A place at the server is taken. */
  private void taken(Backend server) {
    held = server;
    if (session.isSettled()) {
      ready(server);
    } else {
      session.settle(server, usable(server), this);
    }
  }

  private LongPredicate usable(Backend chosen) {
    Set<Backend> unreachable = tried;
    Set<Backend> left = full;
    return hash -> {
      Backend server = home(hash);
      return hash == chosen.hash()
          || (server != null && !unreachable.contains(server) && !left.contains(server));
    };
  }

  private void ready(Backend server) {
    held = server;
    Addresses addresses = group.snapshot().addresses().get(server);
    if (addresses == null) {
      // The servers have changed since it was chosen.
      held = null;
      group.queue().end(server);
      goElsewhere(server, Failure.NO_SERVER);
      return;
    }
    session.begin(server);
    held = null;
    taker.onPlace(server, addresses);
  }

  /** The patience is the request's, however often it has to wait. */
  private void await(@Nullable Backend home) {
    long now = System.nanoTime();
    if (waitsUntil == 0) {
      waitsUntil = now + group.settings().queueTimeout().toNanos();
    }
    UpstreamQueue.Waiter mine =
        new UpstreamQueue.Waiter(home, group.key(session.requested()), tried, loop, this::onTurn);
    if (!group.queue().enter(mine)) {
      taker.onNoPlace(Failure.QUEUE_FULL);
      return;
    }
    waiter = mine;
    waitsSince = now;
    patience =
        loop.schedule(() -> onTimeout(mine), Duration.ofNanos(waitsUntil - now), taker::onThrown);
  }

  private void onTurn(@Nullable Backend place) {
    try {
      endWait();
      if (place != null) {
        taken(place);
      } else {
        onRecognized();
      }
    } catch (Throwable thrown) {
      taker.onThrown(thrown);
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
    log.queued(System.nanoTime() - waitsSince);
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }

  private static Set<Backend> with(Set<Backend> servers, Backend further) {
    Set<Backend> more = new HashSet<>(servers);
    more.add(further);
    return more;
  }
}
