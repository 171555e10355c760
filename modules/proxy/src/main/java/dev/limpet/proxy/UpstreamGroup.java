package dev.limpet.proxy;

import dev.limpet.model.Settings;
import dev.limpet.transport.TlsClient;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An upstream: its settings, its newest {@link RoutingSnapshot}, and who waits for its servers. */
final class UpstreamGroup {

  private final Settings.Upstream settings;
  private final AffinityRules affinity;
  private final UpstreamQueue queue;
  private final RetryBudget retryBudget;
  private final MirrorTraffic mirrored = new MirrorTraffic();
  private final CompletableFuture<RoutingSnapshot> first = new CompletableFuture<>();
  private volatile @Nullable TlsClient tls;
  private volatile @Nullable RoutingSnapshot snapshot;

  UpstreamGroup(Settings.Upstream settings) {
    this.settings = settings;
    this.affinity = AffinityRules.of(settings);
    this.queue = new UpstreamQueue(settings.queueSize(), this::snapshot);
    this.retryBudget = new RetryBudget(settings.retries().budget());
  }

  /**
   * Reads the files of the upstream's TLS; the listeners open after it.
   *
   * @throws IOException names the file and what is wrong with it
   */
  void loadTls() throws IOException {
    if (settings.tls().isPresent()) {
      try {
        tls = TlsClient.load(settings.tls().get());
      } catch (IOException e) {
        throw new IOException("upstream " + settings.name() + ": " + e.getMessage(), e);
      }
    }
  }

  /** Null where the servers speak plain HTTP. */
  @Nullable TlsClient tls() {
    return tls;
  }

  Settings.Upstream settings() {
    return settings;
  }

  AffinityRules affinity() {
    return affinity;
  }

  UpstreamQueue queue() {
    return queue;
  }

  RetryBudget retryBudget() {
    return retryBudget;
  }

  MirrorTraffic mirrored() {
    return mirrored;
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
        retryBudget.refused(),
        mirrored.answered(),
        mirrored.lost());
  }

  void publish(RoutingSnapshot newest) {
    snapshot = newest;
    first.complete(newest);
    queue.refresh();
  }
}
