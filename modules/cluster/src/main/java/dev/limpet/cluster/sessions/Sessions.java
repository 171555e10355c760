package dev.limpet.cluster.sessions;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The session table as requests see it: reads from this node's memory, everything else through the
 * {@link Replica}. It outlives the replica, of which there is none while this node is not in a
 * cluster; then it does what it can by itself.
 */
public final class Sessions implements SessionTable {

  /** Without a tick for so long, this node stands still; there should be three. */
  private static final long STANDSTILL_NANOS = 1_000_000_000L;

  /** Sessions beyond it are placed anew with each request that comes for them. */
  private static final int MAX_MOVED_ALONE = 1_000_000;

  /** News that came in meanwhile are taken in within this time. */
  private static final long SETTLING_NANOS = 1_500_000_000L;

  private final ClusterClock clock;
  private final SessionStore store;
  private final Acceptor acceptor;
  private final SessionCounters counters = new SessionCounters();

  /**
   * Where this node has moved sessions by itself. The others have not heard of it, and may have had
   * no reason to move them, so it counts only until there is a majority again.
   */
  private final Map<SessionKey, Placement> movedAlone = new ConcurrentHashMap<>();

  /** Whether there is no majority that this node is part of. */
  private volatile boolean alone = true;

  private volatile boolean leaving;

  /** Operations that the replica has been asked for and has not answered. */
  private final Set<Operation> underWay = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Consumer<Replica.Command> replica;
  private volatile long currentUntil;
  private volatile long tickedAt;
  private volatile long outdatedUntil;

  /**
   * The cluster's time, some ticks ago: whether a session has ended may be known a little later.
   */
  private volatile long millis;

  /**
   * @param maxSessions about how many the table holds; the longest idle go first
   */
  public Sessions(ClusterClock clock, int maxSessions) {
    this.clock = clock;
    this.store = new SessionStore(maxSessions);
    this.acceptor = new Acceptor(store);
    long now = clock.nanos();
    this.currentUntil = now;
    this.tickedAt = now;
    this.outdatedUntil = now;
    tick();
  }

  /** This node is about to stop: that others do so, too, is no cause for alarm any more. */
  public void prepareToLeave() {
    leaving = true;
  }

  /** Whether it is. */
  public boolean isLeaving() {
    return leaving;
  }

  @Override
  public @Nullable Placement find(SessionKey key, Duration ttl) {
    Placement own = alone ? movedAlone.get(key) : null;
    if (own != null) {
      return own;
    }
    long[] bucket = store.bucket(key);
    int at = store.indexOf(bucket, key);
    if (at < 0) {
      return null;
    }
    long left = Bucket.expiry(bucket, at) - millis;
    if (left <= 0) {
      return null;
    }
    long ttlMillis = ttl.toMillis();
    Placement placement = new Placement(Bucket.backend(bucket, at), Bucket.version(bucket, at));
    if (left < ttlMillis - ttlMillis / 4) {
      tell(entry(key, placement, ttlMillis));
    }
    return placement;
  }

  @Override
  public boolean isCurrent(SessionKey key) {
    return currentUntil - clock.nanos() > 0 && !acceptor.isUndecided(key);
  }

  @Override
  public CompletionStage<Optional<Placement>> ask(SessionKey key, Duration ttl) {
    CompletableFuture<Optional<Placement>> answer = new CompletableFuture<>();
    perform(new Operation.Ask(key, ttl.toMillis(), answer));
    return answer;
  }

  @Override
  public CompletionStage<Placement> bind(
      SessionKey key, long backend, Duration ttl, Settings.Replicate replicate) {
    counters.bound();
    Placement placement = new Placement(backend, clock.next());
    if (replicate == Settings.Replicate.ASYNC) {
      learn(key, placement, ttl.toMillis());
      return CompletableFuture.completedFuture(placement);
    }
    CompletableFuture<Placement> answer = new CompletableFuture<>();
    perform(new Operation.Bind(key, ttl.toMillis(), placement, answer));
    return answer;
  }

  @Override
  public CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate) {
    counters.moved();
    clock.observe(current.version());
    CompletableFuture<Placement> answer = new CompletableFuture<>();
    Operation.Move move = new Operation.Move(key, ttl.toMillis(), current, usable, choose, answer);
    if (replicate == Settings.Replicate.ASYNC) {
      move.byItself(this, chosen -> learn(key, chosen, ttl.toMillis()));
    } else {
      perform(move);
    }
    return answer;
  }

  /**
   * The session as this node knows it, or null if it does not. Looking at it does not count as
   * using it.
   */
  public @Nullable SessionEntry peek(SessionKey key) {
    long[] entry = store.entry(key);
    long left = entry == null ? 0 : Bucket.expiry(entry, 0) - clock.millis();
    return entry == null || left <= 0 ? null : new SessionEntry(Bucket.backend(entry, 0), left);
  }

  /** Counts of the events since this process started. */
  public SessionCounters counters() {
    return counters;
  }

  /** The sessions themselves. */
  public SessionCensus census() {
    return SessionCensus.of(store, clock.millis());
  }

  /** Sessions in the table, expired a moment ago included. */
  public long size() {
    return store.size();
  }

  /** Sessions that were dropped at the end of their time. */
  public long expired() {
    return store.expired();
  }

  /** Sessions that were dropped because the table was full. */
  public long evicted() {
    return store.evicted();
  }

  /** Whether this node stood still a moment ago, and has not caught up with the others yet. */
  public boolean isOutdated() {
    long now = clock.nanos();
    return now - tickedAt > STANDSTILL_NANOS || outdatedUntil - now > 0;
  }

  public ClusterClock clock() {
    return clock;
  }

  /** Takes in a placement that holds, and lets the others know when that is convenient. */
  void learn(SessionKey key, Placement placement, long ttlMillis) {
    long[] entry = entry(key, placement, ttlMillis);
    store.merge(entry);
    tell(entry);
  }

  /** A session is here now, for as long as this node is without a majority. */
  void moveAlone(SessionKey key, Placement placement) {
    if (alone && movedAlone.size() < MAX_MOVED_ALONE) {
      movedAlone.put(key, placement);
    }
  }

  /** Whether there is a majority, which knows better than this node. */
  void majority(boolean there) {
    boolean before = !alone;
    alone = !there;
    if (before != there) {
      // Also when it is alone anew: what came in at the end of the last time is out of date.
      movedAlone.clear();
    }
  }

  /**
   * Takes in entries of an earlier life of this node, before it joins. Versions decide, as they do
   * between nodes: what is older than what others know changes nothing.
   */
  void restore(long[] entries) {
    for (int at = 0; at < entries.length; at += Bucket.LONGS) {
      clock.observe(Bucket.version(entries, at));
    }
    store.merge(entries);
    tick();
  }

  SessionStore store() {
    return store;
  }

  Acceptor acceptor() {
    return acceptor;
  }

  /** From now on this one replicates. */
  void replicateBy(Consumer<Replica.Command> newest) {
    replica = newest;
  }

  /** There is none any more, nor will it answer what is still in its mailbox. */
  void replicateByNone() {
    replica = null;
    majority(false);
    for (Operation operation : underWay) {
      counters.quorumFailed();
      operation.failOpen(this);
    }
  }

  /** Called every now and then. */
  void tick() {
    long now = clock.nanos();
    boolean awaitsOthers = outdatedUntil - now > 0 && currentUntil - now <= 0;
    if (now - tickedAt > STANDSTILL_NANOS || awaitsOthers) {
      outdatedUntil = now + SETTLING_NANOS;
    }
    tickedAt = now;
    millis = clock.millis();
  }

  /** Until this time, by {@link ClusterClock#nanos}, no move is decided without this node. */
  void currentUntil(long nanos) {
    currentUntil = nanos;
  }

  private long[] entry(SessionKey key, Placement placement, long ttlMillis) {
    return Bucket.entry(key, placement, clock.millis() + ttlMillis);
  }

  private void tell(long[] entry) {
    Consumer<Replica.Command> to = replica;
    if (to == null) {
      store.merge(entry);
    } else {
      to.accept(new Replica.Tell(entry));
    }
  }

  private void perform(Operation operation) {
    // Before the replica is looked up: when that ends, it sees this one here, or is seen to be
    // gone.
    underWay.add(operation);
    operation.answer().whenComplete((answer, failure) -> underWay.remove(operation));
    Consumer<Replica.Command> to = replica;
    if (to == null) {
      operation.failOpen(this);
    } else {
      to.accept(operation);
    }
  }
}
