package dev.limpet.proxy;

import dev.limpet.model.Settings;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An upstream's settings together with its newest {@link RoutingSnapshot}. */
final class UpstreamGroup {

  private final Settings.Upstream settings;
  private final CompletableFuture<RoutingSnapshot> first = new CompletableFuture<>();
  private volatile @Nullable RoutingSnapshot snapshot;

  UpstreamGroup(Settings.Upstream settings) {
    this.settings = settings;
  }

  Settings.Upstream settings() {
    return settings;
  }

  RoutingSnapshot snapshot() {
    return Objects.requireNonNull(snapshot, "published before the listeners open");
  }

  /** Completes with the first snapshot; the listeners open after it. */
  CompletableFuture<RoutingSnapshot> first() {
    return first;
  }

  void publish(RoutingSnapshot newest) {
    snapshot = newest;
    first.complete(newest);
  }
}
