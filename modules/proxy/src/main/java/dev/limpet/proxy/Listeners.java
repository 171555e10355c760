package dev.limpet.proxy;

import akka.Done;
import dev.limpet.model.live.Figures;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Traffic;
import dev.limpet.transport.Connection;
import dev.limpet.transport.Listener;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.tls.TlsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of a node, which come and go with its settings. */
final class Listeners {

  /**
   * A listener as it will be.
   *
   * @param settings those that will hold
   * @param tls null for plain connections
   */
  record Prepared(Listener listener, Settings.Listener settings, @Nullable TlsServer tls) {}

  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final EventLoops loops;
  private final BiConsumer<Connection, Settings.Listener> handler;
  private volatile List<Listener> listeners = List.of();

  /** Of listeners that are gone, of which connections may be left. */
  private final List<Listener> former = new ArrayList<>();

  private long refusedByFormer;
  private KeyRing keys = KeyRing.EMPTY;

  Listeners(EventLoops loops, BiConsumer<Connection, Settings.Listener> handler) {
    this.loops = loops;
    this.handler = handler;
  }

  /** The keys that seal session tickets. */
  synchronized void setKeys(KeyRing newest) {
    keys = newest;
    for (Listener listener : listeners) {
      TlsServer tls = listener.tls();
      if (tls != null) {
        tls.setKeys(newest);
      }
    }
  }

  /**
   * Loads certificates and takes addresses; what runs goes on as before. Not to be called again
   * before {@link #serve}. It holds no lock: the cluster and metrics do not wait for a slow disk.
   *
   * @return fails with a {@link java.net.BindException} that names the address which is taken, or
   *     an {@link IOException} that names the certificate which cannot be used; then nothing has
   *     changed
   */
  CompletionStage<List<Prepared>> prepare(List<Settings.Listener> wanted) {
    List<CompletableFuture<Prepared>> preparing = new ArrayList<>();
    for (Settings.Listener settings : wanted) {
      preparing.add(prepare(settings));
    }
    return CompletableFuture.allOf(preparing.toArray(CompletableFuture[]::new))
        .handle(
            (done, failure) -> {
              List<Prepared> ready =
                  preparing.stream()
                      .filter(one -> !one.isCompletedExceptionally())
                      .map(CompletableFuture::join)
                      .toList();
              if (failure != null) {
                abandon(ready);
                throw new CompletionException(failure.getCause());
              }
              return ready;
            });
  }

  /** From now on these are the listeners. */
  synchronized void serve(List<Prepared> prepared) {
    List<Listener> next = new ArrayList<>();
    for (Prepared one : prepared) {
      TlsServer before = one.listener().tls();
      one.listener().serve(one.settings(), one.tls());
      if (before != null && before != one.tls()) {
        before.close();
      }
      if (one.tls() != null) {
        one.tls().setKeys(keys);
      }
      next.add(one.listener());
      if (!listeners.contains(one.listener())) {
        LOG.info(
            "listener {} is open at {}",
            one.settings().name(),
            new HostPort(one.settings().bind().host(), one.listener().localAddress().getPort()));
      }
    }
    for (Listener listener : listeners) {
      if (!next.contains(listener)) {
        LOG.info("listener {} takes no more connections", listener.settings().name());
        listener.unbind();
        former.add(listener);
        refusedByFormer += listener.proxyHeadersRefused().count();
      }
    }
    former.removeIf(Listener::isIdle);
    listeners = List.copyOf(next);
  }

  synchronized List<InetSocketAddress> addresses() {
    return listeners.stream().map(Listener::localAddress).toList();
  }

  synchronized int connections() {
    return listeners.stream().mapToInt(Listener::connections).sum()
        + former.stream().mapToInt(Listener::connections).sum();
  }

  /** What has become of each one's connections; of those that are gone, as for {@link #count}. */
  synchronized List<Figures.OfListener> figures() {
    return Stream.concat(listeners.stream(), former.stream()).map(Listener::figures).toList();
  }

  /** The sum of what each has counted; of those that are gone, as long as they have connections. */
  synchronized long count(ToLongFunction<Listener> counter) {
    return listeners.stream().mapToLong(counter).sum() + former.stream().mapToLong(counter).sum();
  }

  /** Since the start. */
  synchronized long proxyHeadersRefused() {
    return refusedByFormer
        + listeners.stream().mapToLong(listener -> listener.proxyHeadersRefused().count()).sum();
  }

  synchronized List<Traffic.Certificate> certificates() {
    List<Traffic.Certificate> shown = new ArrayList<>();
    for (Listener listener : listeners) {
      TlsServer tls = listener.tls();
      if (tls != null) {
        tls.expiries()
            .forEach(
                one ->
                    shown.add(
                        new Traffic.Certificate(
                            listener.settings().name(), one.getKey(), one.getValue())));
      }
    }
    return shown;
  }

  synchronized boolean isIdle() {
    return listeners.stream().allMatch(Listener::isIdle)
        && former.stream().allMatch(Listener::isIdle);
  }

  synchronized CompletionStage<Done> unbind() {
    return CompletableFuture.allOf(
            listeners.stream()
                .map(listener -> listener.unbind().toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .thenApply(done -> Done.getInstance());
  }

  private CompletableFuture<Prepared> prepare(Settings.Listener settings) {
    Listener known = running(settings);
    TlsServer tls;
    try {
      tls = load(settings, known);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return known == null
        ? Listener.bind(loops, settings, tls, handler)
            .thenApply(bound -> new Prepared(bound, settings, tls))
            .toCompletableFuture()
        : CompletableFuture.completedFuture(new Prepared(known, settings, tls));
  }

  private @Nullable Listener running(Settings.Listener settings) {
    for (Listener listener : listeners) {
      if (listener.settings().name().equals(settings.name())
          && listener.settings().bind().equals(settings.bind())) {
        return listener;
      }
    }
    return null;
  }

  private static @Nullable TlsServer load(Settings.Listener settings, @Nullable Listener known)
      throws IOException {
    if (settings.tls().isEmpty()) {
      return null;
    }
    TlsServer before = known == null ? null : known.tls();
    return before != null && before.isFor(settings)
        ? before
        : TlsServer.load(settings, settings.tls().get());
  }

  private synchronized void abandon(List<Prepared> ready) {
    for (Prepared one : ready) {
      boolean runs = listeners.contains(one.listener());
      if (!runs) {
        one.listener().unbind();
      }
      if (one.tls() != null && (!runs || one.listener().tls() != one.tls())) {
        one.tls().close();
      }
    }
  }
}
