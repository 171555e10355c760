package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.HashKey;
import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Traffic;
import dev.limpet.transport.tls.TlsClient;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** An upstream: its settings, its newest {@link RoutingSnapshot}, and who waits for its servers. */
public final class Upstream {

  /** The settings, and the objects that are made of them. */
  private record Rules(
      Settings.Upstream settings,
      AffinityRules affinity,
      ToLongFunction<ClientFacts> key,
      @Nullable TlsClient tls,
      OutlierDetector outliers) {}

  private final ClusterState cluster;

  private final UpstreamQueue queue;
  private final RetryBudget retryBudget;

  /** Of those that were counted: nobody counts where there is no limit. */
  private final AtomicInteger underWay = new AtomicInteger();

  private final LongAdder refused = new LongAdder();
  private final MirrorTraffic mirrored = new MirrorTraffic();
  private final CompletableFuture<RoutingSnapshot> first = new CompletableFuture<>();
  private long toldAnswered = System.nanoTime() - 1_000_000_000L;
  private volatile Rules rules;
  private volatile @Nullable RoutingSnapshot snapshot;

  /**
   * @param tls null where the servers speak plain HTTP
   */
  Upstream(Settings.Upstream settings, @Nullable TlsClient tls, ClusterState cluster) {
    this.cluster = cluster;
    this.rules = rules(settings, tls, outliers(settings));
    this.queue = new UpstreamQueue(() -> settings().queueSize(), this::snapshot);
    this.retryBudget = new RetryBudget(() -> settings().retries().budget());
  }

  /** From now on these settings hold; requests under way may see some of both. */
  void update(Settings.Upstream settings, @Nullable TlsClient tls) {
    boolean same = settings.passive().equals(settings().passive());
    rules = rules(settings, tls, same ? outliers() : outliers(settings));
  }

  private static Rules rules(
      Settings.Upstream settings, @Nullable TlsClient tls, OutlierDetector outliers) {
    return new Rules(
        settings,
        AffinityRules.of(settings),
        HashKey.of(settings.balancing().method()),
        tls,
        outliers);
  }

  private OutlierDetector outliers(Settings.Upstream settings) {
    return new OutlierDetector(
        settings.passive(), (backend, cause, detail) -> cluster.eject(backend.id(), cause, detail));
  }

  /** Null where the servers speak plain HTTP. */
  public @Nullable TlsClient tls() {
    return rules.tls();
  }

  public Settings.Upstream settings() {
    return rules.settings();
  }

  public AffinityRules affinity() {
    return rules.affinity();
  }

  /** The hash of the key by which this request's server is picked, where it has one. */
  public long key(ClientFacts request) {
    return rules.key().applyAsLong(request);
  }

  public UpstreamQueue queue() {
    return queue;
  }

  public RetryBudget retryBudget() {
    return retryBudget;
  }

  public OutlierDetector outliers() {
    return rules.outliers();
  }

  public MirrorTraffic mirrored() {
    return mirrored;
  }

  /**
   * To be called once a second, by one thread.
   *
   * @param lasting gets what of the servers' requests lasts, where other nodes want to know
   */
  public void tick(Map<ServerId, Integer> lasting) {
    retryBudget.tick();
    outliers().tick();
    RoutingSnapshot now = snapshot();
    if (settings().balancing().method().goesByLoad()) {
      for (Backend backend : now.named().values()) {
        int requests = backend.lasting();
        if (requests > 0) {
          lasting.put(backend.id(), requests);
        }
      }
    }
    // Whoever drains a server wants to know whether any node still uses it.
    for (Backend backend : now.takeNoNew()) {
      if (backend.isInUse()) {
        lasting.put(backend.id(), Math.max(1, backend.active()));
      }
    }
  }

  /**
   * Hears which suspects have answered requests of late; to be called some times a second, by one
   * thread.
   */
  public void collectAnswered(long nanos, Set<ServerId> answered) {
    RoutingSnapshot now = snapshot();
    if (now.suspects().isEmpty() || nanos - toldAnswered < answerNanos()) {
      return;
    }
    for (Backend suspect : now.suspects()) {
      if (suspect.takeAnswered()) {
        answered.add(suspect.id());
        toldAnswered = nanos;
      }
    }
  }

  /**
   * Often enough for who is to call a server dead that is not answering, and no more than once a
   * second.
   */
  private long answerNanos() {
    return Math.min(1_000_000_000L, settings().health().deadAfter().toNanos() / 4);
  }

  /**
   * Counts one more request, to be followed by one {@link #end}.
   *
   * @param limit how many may be under way
   * @return false if as many are; then it is not counted
   */
  public boolean tryBegin(int limit) {
    if (underWay.incrementAndGet() > limit) {
      end();
      refused.increment();
      return false;
    }
    return true;
  }

  public void end() {
    underWay.decrementAndGet();
  }

  public RoutingSnapshot snapshot() {
    return Objects.requireNonNull(snapshot, "published before the listeners open");
  }

  /**
   * Takes a slot for a client that may use any server.
   *
   * @param key from {@link #key}
   * @param tried servers that must not be used
   * @return null where no other server is open, or all are full
   */
  public @Nullable Slot takeSlot(long key, Set<Backend> tried) {
    Backend backend = snapshot().tryBegin(key, tried);
    return backend == null ? null : new Slot(queue, backend);
  }

  /** Takes a slot at this server; null where it is full. */
  public @Nullable Slot takeSlotAt(Backend backend) {
    return backend.tryBegin() ? new Slot(queue, backend) : null;
  }

  /** Completes with the first snapshot; the listeners open after it. */
  CompletableFuture<RoutingSnapshot> first() {
    return first;
  }

  /** Requests that wait for a server that is full. */
  public int waiting() {
    return queue.waiting();
  }

  public Traffic.Upstream traffic() {
    return new Traffic.Upstream(
        queue.waiting(),
        queue.overflows(),
        queue.timeouts(),
        retryBudget.retries(),
        retryBudget.refused(),
        refused.sum(),
        mirrored.answered(),
        mirrored.lost());
  }

  void publish(RoutingSnapshot newest) {
    snapshot = newest;
    first.complete(newest);
    queue.refresh();
  }
}
