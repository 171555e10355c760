package dev.limpet.cluster;

import akka.actor.ActorRef;
import akka.cluster.ddata.Replicator;
import akka.pattern.Patterns;
import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
import dev.limpet.model.SessionTable;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The session table of this node: reads from its own memory, writes through the replicators. */
final class SharedSessions implements SessionTable {

  private static final Logger LOG = LoggerFactory.getLogger(SharedSessions.class);

  /** How long a majority may take; a move waits at most for a read and a write. */
  private static final Duration QUORUM_TIMEOUT = Duration.ofSeconds(1);

  private static final Duration ASK_TIMEOUT = QUORUM_TIMEOUT.plusMillis(500);

  private final List<ActorRef> replicators;
  private final HybridClock clock;
  private final AtomicReferenceArray<SessionBucket> view =
      new AtomicReferenceArray<>(Buckets.COUNT);
  private final Map<SessionKey, CompletableFuture<Placement>> moving = new ConcurrentHashMap<>();
  private final LongAdder quorumFailures = new LongAdder();
  private final AtomicBoolean quorumLost = new AtomicBoolean();

  SharedSessions(List<ActorRef> replicators, HybridClock clock) {
    this.replicators = replicators;
    this.clock = clock;
    for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
      view.set(bucket, SessionBucket.EMPTY);
    }
  }

  @Override
  public @Nullable Placement lookup(SessionKey key) {
    return view.get(Buckets.of(key)).find(key, System.currentTimeMillis());
  }

  @Override
  public CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate) {
    CompletableFuture<Placement> move = new CompletableFuture<>();
    CompletableFuture<Placement> underWay = moving.putIfAbsent(key, move);
    if (underWay != null) {
      return underWay;
    }
    boolean quorum = replicate == Settings.Replicate.QUORUM;
    CompletionStage<Boolean> read =
        quorum ? refresh(Buckets.of(key)) : CompletableFuture.completedFuture(true);
    read.thenCompose(
            refreshed -> {
              Placement known = lookup(key);
              if (known != null
                  && known.version() > current.version()
                  && usable.test(known.backend())) {
                return CompletableFuture.completedFuture(known);
              }
              clock.observe(current.version());
              Placement chosen = new Placement(choose.applyAsLong(key), clock.next());
              return write(key, chosen, ttl, quorum).thenApply(w -> settled(key, chosen, usable));
            })
        .whenComplete(
            (placement, failure) -> {
              moving.remove(key, move);
              if (failure == null) {
                move.complete(placement);
              } else {
                LOG.debug("moving a session failed", failure);
                move.complete(new Placement(choose.applyAsLong(key), clock.next()));
              }
            });
    return move;
  }

  /** Sessions in the table, those that have expired but not been dropped included. */
  int size() {
    int size = 0;
    for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
      size += view.get(bucket).size();
    }
    return size;
  }

  long quorumFailures() {
    return quorumFailures.sum();
  }

  /** Takes in what the replicator has learned of a bucket. */
  void publish(int bucket, SessionBucket newest) {
    view.accumulateAndGet(bucket, newest, SessionBucket::mergeData);
    long[] entries = newest.entries();
    for (int at = 0; at < entries.length; at += SessionBucket.LONGS) {
      clock.observe(entries[at + 3]);
    }
  }

  /**
   * Reads one bucket from all nodes that answer.
   *
   * @return completes with whether all have
   */
  CompletionStage<Boolean> fetchFromAll(int bucket) {
    return read(bucket, new Replicator.ReadAll(QUORUM_TIMEOUT));
  }

  private CompletionStage<Boolean> refresh(int bucket) {
    return read(bucket, new Replicator.ReadMajority(QUORUM_TIMEOUT))
        .thenApply(this::noteQuorum);
  }

  private CompletionStage<Boolean> read(int bucket, Replicator.ReadConsistency consistency) {
    Replicator.Get<SessionBucket> get =
        new Replicator.Get<>(Buckets.key(bucket), consistency);
    return Patterns.ask(replicator(bucket), get, ASK_TIMEOUT)
        .handle(
            (answer, failure) ->
                switch (answer) {
                  case Replicator.GetSuccess<?> success -> {
                    publish(bucket, (SessionBucket) success.dataValue());
                    yield true;
                  }
                  case Replicator.NotFound<?> nothing -> true;
                  case null, default -> false;
                });
  }

  private CompletionStage<Boolean> write(
      SessionKey key, Placement place, Duration ttl, boolean quorum) {
    int bucket = Buckets.of(key);
    long now = System.currentTimeMillis();
    long expiry = now + ttl.toMillis();
    Replicator.WriteConsistency consistency =
        quorum ? new Replicator.WriteMajority(QUORUM_TIMEOUT) : Replicator.writeLocal();
    Replicator.Update<SessionBucket> update =
        new Replicator.Update<>(
            Buckets.key(bucket),
            SessionBucket.EMPTY,
            consistency,
            sessions -> sessions.put(key, place, expiry, now));
    return Patterns.ask(replicator(bucket), update, ASK_TIMEOUT)
        .handle((answer, failure) -> answer instanceof Replicator.UpdateSuccess<?>)
        .thenApply(written -> quorum ? noteQuorum(written) : written)
        .thenCompose(written -> readBack(bucket, key, place, expiry, now));
  }

  /** A write may have met another node's, which won: the replicator knows. */
  private CompletionStage<Boolean> readBack(
      int bucket, SessionKey key, Placement place, long expiry, long now) {
    publish(bucket, SessionBucket.EMPTY.put(key, place, expiry, now).resetDelta());
    return read(bucket, Replicator.readLocal());
  }

  private Placement settled(SessionKey key, Placement chosen, LongPredicate usable) {
    Placement winner = lookup(key);
    return winner != null && usable.test(winner.backend()) ? winner : chosen;
  }

  private boolean noteQuorum(boolean reached) {
    if (!reached) {
      quorumFailures.increment();
    }
    if (quorumLost.compareAndSet(reached, !reached)) {
      if (reached) {
        LOG.info("a majority of the nodes holds moved sessions again");
      } else {
        LOG.warn("no majority of the nodes answers: sessions that move now may move once more");
      }
    }
    return reached;
  }

  private ActorRef replicator(int bucket) {
    return replicators.get(Buckets.replicatorOf(bucket));
  }
}
