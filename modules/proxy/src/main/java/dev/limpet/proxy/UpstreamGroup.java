package dev.limpet.proxy;

import dev.limpet.model.Settings;
import dev.limpet.transport.TlsClient;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An upstream's settings together with its newest {@link RoutingSnapshot}. */
final class UpstreamGroup {

  private final Settings.Upstream settings;
  private final CompletableFuture<RoutingSnapshot> first = new CompletableFuture<>();
  private volatile @Nullable TlsClient tls;
  private volatile @Nullable RoutingSnapshot snapshot;

  UpstreamGroup(Settings.Upstream settings) {
    this.settings = settings;
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
