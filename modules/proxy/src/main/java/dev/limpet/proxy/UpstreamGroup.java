package dev.limpet.proxy;

import dev.limpet.model.Settings;
import dev.limpet.transport.TlsClient;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An upstream: its settings, its newest {@link RoutingSnapshot}, and who waits for its servers. */
final class UpstreamGroup {

  /** What the settings say, and what is made of that. */
  private record Rules(
      Settings.Upstream settings, AffinityRules affinity, @Nullable TlsClient tls) {}

  private final UpstreamQueue queue;
  private final RetryBudget retryBudget;
  private final CompletableFuture<RoutingSnapshot> first = new CompletableFuture<>();
  private volatile Rules rules;
  private volatile @Nullable RoutingSnapshot snapshot;

  /**
   * @param tls null where the servers speak plain HTTP
   */
  UpstreamGroup(Settings.Upstream settings, @Nullable TlsClient tls) {
    this.rules = new Rules(settings, AffinityRules.of(settings), tls);
    this.queue = new UpstreamQueue(() -> settings().queueSize(), this::snapshot);
    this.retryBudget = new RetryBudget(() -> settings().retries().budget());
  }

  /** From now on these settings hold; requests under way may see some of both. */
  void update(Settings.Upstream settings, @Nullable TlsClient tls) {
    rules = new Rules(settings, AffinityRules.of(settings), tls);
  }

  /** Null where the servers speak plain HTTP. */
  @Nullable TlsClient tls() {
    return rules.tls();
  }

  Settings.Upstream settings() {
    return rules.settings();
  }

  AffinityRules affinity() {
    return rules.affinity();
  }

  UpstreamQueue queue() {
    return queue;
  }

  RetryBudget retryBudget() {
    return retryBudget;
  }

  RoutingSnapshot snapshot() {
    return Objects.requireNonNull(snapshot, "published before the listeners open");
  }

  /** Completes with the first snapshot; the listeners open after it. */
  CompletableFuture<RoutingSnapshot> first() {
    return first;
  }

  ProxyStatus.Upstream status() {
    return new ProxyStatus.Upstream(
        queue.waiting(),
        queue.overflows(),
        queue.timeouts(),
        retryBudget.retries(),
        retryBudget.refused());
  }

  void publish(RoutingSnapshot newest) {
    snapshot = newest;
    first.complete(newest);
    queue.refresh();
  }
}
