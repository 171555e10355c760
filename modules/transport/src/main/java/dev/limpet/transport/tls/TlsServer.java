package dev.limpet.transport.tls;

import akka.util.ByteString;
import dev.limpet.certificates.WatchedFiles;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.Loop;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one listener. Its files are looked at every second and read again when one has
 * changed; connections that stand keep what they began with.
 */
public final class TlsServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TlsServer.class);
  private static final long WATCH_SECONDS = 1;

  /** A handshake that has looked its certificate up begins with it well within this time. */
  private static final long RELEASE_SECONDS = 60;

  private final String listener;
  private final Settings.Tls settings;
  private final boolean http2;
  private final long handshakeMillis;
  private final WatchedFiles files;
  private final ScheduledExecutorService watcher =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("limpet-certificates").factory());
  private KeyRing ticketKeys = KeyRing.EMPTY;
  private volatile ServedCertificates current;

  private TlsServer(Settings.Listener listener, Settings.Tls settings) throws IOException {
    this.listener = listener.name();
    this.settings = settings;
    this.http2 = listener.http2();
    this.handshakeMillis = listener.timeouts().head().toMillis();
    this.files =
        new WatchedFiles(
            settings.certificates().stream().flatMap(one -> one.files().stream()).toList());
    this.current = TlsContexts.load(settings, http2, ticketKeys);
    watcher.scheduleWithFixedDelay(
        this::reloadIfChanged, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Reads the certificates.
   *
   * @throws IOException names the file and what is wrong with it
   */
  public static TlsServer load(Settings.Listener listener, Settings.Tls settings)
      throws IOException {
    try {
      return new TlsServer(listener, settings);
    } catch (IOException e) {
      throw new IOException("listener " + listener.name() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sets the keys that seal session tickets, at all nodes alike. They seal nothing else, so that
   * who learns the keys of cookies reads no recorded connection. May be called from any thread.
   */
  public void setKeys(KeyRing keys) {
    watcher.execute(
        () -> {
          if (!keys.equals(ticketKeys)) {
            ticketKeys = keys;
            current.all().forEach(served -> TlsContexts.setTicketKeys(served.context(), keys));
          }
        });
  }

  /** Whether this is made of the same settings as these are. */
  public boolean isFor(Settings.Listener listener) {
    return listener.tls().filter(settings::equals).isPresent()
        && listener.http2() == http2
        && listener.timeouts().head().toMillis() == handshakeMillis;
  }

  /**
   * The certificates that clients get, in the order of the settings: the name and the end of each.
   */
  public List<Map.Entry<String, Instant>> expiries() {
    return current.all().stream()
        .map(served -> Map.entry(served.name(), served.certificate().getNotAfter().toInstant()))
        .toList();
  }

  /** No connection begins with it any more. */
  @Override
  public void close() {
    watcher.schedule(current::release, RELEASE_SECONDS, TimeUnit.SECONDS);
    watcher.shutdown();
  }

  /** The handler that a new connection's pipeline begins with. */
  public ChannelHandler handler(ByteBufAllocator allocator, Loop loop) {
    return new ClientHelloHandler(
        current,
        TlsContexts.protocols(http2),
        handshakeMillis,
        loop,
        (served, name) -> handler(served, name, allocator));
  }

  private SslHandler handler(
      ServedCertificates.Served served, @Nullable String name, ByteBufAllocator allocator) {
    SslHandler handler = TlsContexts.handlerFor(served.context(), name, allocator);
    handler.setHandshakeTimeoutMillis(handshakeMillis);
    ByteString ocsp = served.ocsp();
    if (ocsp != null && handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      engine.setOcspResponse(ocsp.toArrayUnsafe());
    }
    return handler;
  }

  private void reloadIfChanged() {
    try {
      if (!files.haveChanged()) {
        return;
      }
      ServedCertificates old = current;
      current = TlsContexts.load(settings, http2, ticketKeys);
      watcher.schedule(old::release, RELEASE_SECONDS, TimeUnit.SECONDS);
      LOG.info("listener {} has new certificates", listener);
    } catch (IOException | RuntimeException e) {
      LOG.warn("listener {} keeps its old certificates: {}", listener, e.getMessage());
    }
  }
}
