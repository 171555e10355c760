package dev.limpet.proxy.exchange;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Rendezvous;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.recording.MoveCause;
import dev.limpet.proxy.servers.RoutingSnapshot;
import dev.limpet.proxy.servers.Slot;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.servers.UpstreamQueue;
import dev.limpet.proxy.upstream.Addresses;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds one request a slot: at the server that the client is bound to, at the session's new home if
 * that is gone, or at one that takes new clients. Where that is full, the request waits, unless the
 * session may move. With a slot taken, the cluster hears of what it does not know yet, and may know
 * better. For the loop of the client's connection.
 */
final class ServerSelection {

  /**
   * The next stage, which gets the slot: one call for {@link #choose}, and one for each {@link
   * #chooseOther}.
   */
  interface Next {

    /** The slot is taken, and is the next one's to free. */
    void send(Slot slot, Addresses addresses);

    void giveUp(Failure failure);
  }

  private final RequestContext context;
  private final Upstream upstream;
  private final Next next;

  /** Servers that cannot be reached. Copied when it grows: other threads read it. */
  private Set<Backend> tried = Set.of();

  /** Servers that were left because they are full; as {@link #tried}. */
  private Set<Backend> full = Set.of();

  /** The slot that is taken while the cluster is asked. */
  private @Nullable Slot held;

  private @Nullable Wait wait;

  /** When the patience of a request that has had to wait is at its end; 0 before. */
  private long waitsUntil;

  /** How often the client's own server could not be reached in time. */
  private int connects;

  /** Whether other servers are asked while the session stays where it is. */
  private boolean visiting;

  private boolean over;

  ServerSelection(RequestContext context, Next next) {
    this.context = context;
    this.upstream = context.upstream();
    this.next = next;
  }

  /** The session knows where the client belongs, as far as anybody does. */
  void choose() {
    if (over) {
      return;
    }
    Placement placement = context.session().placement();
    if (placement == null) {
      chooseAnew();
      return;
    }
    Backend home = home(placement.server());
    if (home == null || tried.contains(home)) {
      leave(placement.server(), home == null ? MoveCause.GONE : MoveCause.UNREACHABLE);
    } else {
      takeAt(home);
    }
  }

  /**
   * The server cannot be reached: another one, or {@code failure} where there is none. That a
   * connection comes late or not as it should shows no death: a client that is bound there stays.
   */
  void chooseOther(Backend failed, Failure failure) {
    if (isUncertain(failure)
        && context.session().isBoundTo(failed.hash())
        && home(failed.hash()) != null) {
      connects++;
      if (connects < upstream.settings().retries().attempts()) {
        takeAt(failed);
      } else {
        next.giveUp(failure);
      }
      return;
    }
    tried = with(tried, failed);
    if (visiting) {
      visit();
    } else if (upstream.snapshot().untried(tried).isEmpty()) {
      next.giveUp(failure == Failure.CONNECT_REFUSED ? Failure.NO_SERVER : failure);
    } else {
      leave(failed.hash(), MoveCause.UNREACHABLE);
    }
  }

  private void leave(long server, MoveCause cause) {
    context.recording().leaves(cause);
    context.session().leave(server, this::choose);
  }

  private static boolean isUncertain(Failure failure) {
    return failure.replay() == Failure.Replay.ALWAYS && failure != Failure.CONNECT_REFUSED;
  }

  /**
   * From now on other servers are only asked for a better answer: the session stays where it is
   * until {@link #moveTo}.
   */
  void visitOthers() {
    visiting = true;
  }

  /**
   * This server has the better answer: the session moves there, if it has not gone elsewhere
   * meanwhile.
   *
   * @return completes when the client may hear of it; null for at once
   */
  @Nullable CompletionStage<?> moveTo(Backend better) {
    if (!visiting) {
      return null;
    }
    context.recording().leaves(MoveCause.REFUSED);
    return context.session().move(better, usable(better));
  }

  private void visit() {
    SessionKey key = context.session().key();
    Backend other = key == null ? null : Rendezvous.choose(key, withRoom(null));
    Slot slot = other == null ? null : upstream.takeSlotAt(other);
    if (slot == null) {
      next.giveUp(Failure.NO_SERVER);
    } else {
      use(slot);
    }
  }

  /** Whether a server that takes new clients, and has room, has not been asked yet. */
  boolean hasOther(Backend than) {
    return !withRoom(than).isEmpty();
  }

  /** Nobody wants a slot any more. */
  void cancel() {
    over = true;
    if (wait != null) {
      upstream.queue().leave(wait.waiter);
      endWait();
    }
    if (held != null) {
      held.free();
      held = null;
    }
  }

  /**
   * The server with this hash, if sessions may be there. A node that has just stood still may think
   * that a server is dead which is long up again: then trying is better than moving its sessions.
   */
  private @Nullable Backend home(long hash) {
    RoutingSnapshot snapshot = upstream.snapshot();
    Backend home = snapshot.bound(hash);
    return home == null && context.plane().cluster().isOutdated() ? snapshot.dead(hash) : home;
  }

  private void chooseAnew() {
    SessionKey key = context.session().keyOnTheMove();
    if (key == null) {
      takeAny();
      return;
    }
    Backend home = Rendezvous.choose(key, candidates());
    if (home == null) {
      next.giveUp(Failure.NO_SERVER);
    } else {
      takeAt(home);
    }
  }

  private void takeAny() {
    RoutingSnapshot snapshot = upstream.snapshot();
    Slot slot = upstream.takeSlot(upstream.key(context.session().request()), tried);
    if (slot != null) {
      bind(slot);
    } else if (!tried.containsAll(snapshot.open())) {
      await(null);
    } else {
      takeAtLast(snapshot.untried(tried));
    }
  }

  private void takeAtLast(List<Backend> left) {
    for (Backend backend : left) {
      Slot slot = upstream.takeSlotAt(backend);
      if (slot != null) {
        bind(slot);
        return;
      }
    }
    next.giveUp(Failure.NO_SERVER);
  }

  private void takeAt(Backend home) {
    Slot slot = upstream.takeSlotAt(home);
    if (slot != null) {
      bind(slot);
    } else if (upstream.settings().affinity().onFull() == Settings.OnFull.MOVE
        && !full.contains(home)
        && !withRoom(home).isEmpty()) {
      full = with(full, home);
      leave(home.hash(), MoveCause.FULL);
    } else {
      await(home);
    }
  }

  /** Where a session may move: to servers with room, if it moves for that. */
  private List<Backend> candidates() {
    List<Backend> roomy = full.isEmpty() ? List.of() : withRoom(null);
    return roomy.isEmpty() ? upstream.snapshot().untried(tried) : roomy;
  }

  /** Of those that take new clients; backups for overflow where no other has room. */
  private List<Backend> withRoom(@Nullable Backend except) {
    RoutingSnapshot snapshot = upstream.snapshot();
    List<Backend> roomy = withRoom(snapshot.open(), except);
    return roomy.isEmpty() ? withRoom(snapshot.overflow(), except) : roomy;
  }

  private List<Backend> withRoom(List<Backend> backends, @Nullable Backend except) {
    return backends.stream()
        .filter(
            backend ->
                backend != except
                    && backend.hasRoom()
                    && !tried.contains(backend)
                    && !full.contains(backend))
        .toList();
  }

  /** The cluster has to know where the client goes. */
  private void bind(Slot slot) {
    held = slot;
    if (context.session().isResolved()) {
      use(slot);
    } else {
      context.session().bind(slot.backend(), usable(slot.backend()), this::useAgreed);
    }
  }

  private LongPredicate usable(Backend chosen) {
    Set<Backend> unreachable = tried;
    Set<Backend> left = full;
    return hash -> {
      Backend backend = home(hash);
      return hash == chosen.hash()
          || (backend != null && !unreachable.contains(backend) && !left.contains(backend));
    };
  }

  /** The session is where the cluster says, which may be somewhere else. */
  private void useAgreed() {
    Slot slot = held;
    if (over || slot == null) {
      return;
    }
    Placement placement = context.session().placement();
    Backend home = placement == null ? null : home(placement.server());
    if (home == null || home == slot.backend()) {
      use(slot);
    } else {
      held = null;
      slot.free();
      takeAt(home);
    }
  }

  private void use(Slot slot) {
    held = slot;
    Addresses addresses = upstream.snapshot().addresses().get(slot.backend());
    if (addresses == null) {
      // The servers have changed since it was chosen.
      held = null;
      slot.free();
      chooseOther(slot.backend(), Failure.NO_SERVER);
      return;
    }
    context.session().issueCookie(slot.backend());
    held = null;
    next.send(slot, addresses);
  }

  /** One wait of the request, until its turn comes or its patience ends. */
  private final class Wait {

    private final UpstreamQueue.Waiter waiter;
    private final long since = System.nanoTime();
    private @Nullable Future<?> patience;

    Wait(@Nullable Backend home) {
      waiter =
          new UpstreamQueue.Waiter(
              home,
              upstream.key(context.session().request()),
              tried,
              context.loop(),
              ServerSelection.this::onTurn);
    }
  }

  /** The patience is the request's, however often it has to wait. */
  private void await(@Nullable Backend home) {
    Wait begun = new Wait(home);
    if (waitsUntil == 0) {
      waitsUntil = begun.since + upstream.settings().queueTimeout().toNanos();
    }
    if (!upstream.queue().enter(begun.waiter)) {
      next.giveUp(Failure.QUEUE_FULL);
      return;
    }
    wait = begun;
    begun.patience =
        context
            .loop()
            .schedule(
                () -> onTimeout(begun),
                Duration.ofNanos(waitsUntil - begun.since),
                context.broken());
  }

  private void onTurn(@Nullable Slot slot) {
    try {
      endWait();
      if (slot != null) {
        bind(slot);
      } else {
        choose();
      }
    } catch (Throwable thrown) {
      context.broken().accept(thrown);
    }
  }

  private void onTimeout(Wait late) {
    if (upstream.queue().timeOut(late.waiter)) {
      endWait();
      next.giveUp(Failure.QUEUE_TIMEOUT);
    }
  }

  private void endWait() {
    Wait ended = wait;
    wait = null;
    if (ended != null) {
      context.recording().queued(System.nanoTime() - ended.since);
      if (ended.patience != null) {
        ended.patience.cancel(false);
      }
    }
  }

  private static Set<Backend> with(Set<Backend> backends, Backend further) {
    Set<Backend> more = new HashSet<>(backends);
    more.add(further);
    return more;
  }
}
