package dev.limpet.transport.tls;

import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.WatchedFiles;
import dev.limpet.model.net.ServerNames;
import dev.limpet.model.settings.Settings;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS to the servers of one upstream. */
public final class TlsClient {

  private static final Logger LOG = LoggerFactory.getLogger(TlsClient.class);

  /** Gives back a context's native memory once no upstream and no connection needs it. */
  private static final Cleaner CLEANER = Cleaner.create();

  private final SslContext context;
  private final Settings.UpstreamTls settings;
  private final WatchedFiles files;

  private TlsClient(SslContext context, Settings.UpstreamTls settings, WatchedFiles files) {
    this.context = context;
    this.settings = settings;
    this.files = files;
    CLEANER.register(this, () -> ReferenceCountUtil.release(context));
  }

  /**
   * Reads the files.
   *
   * @throws IOException names the file and what is wrong with it
   */
  public static TlsClient load(Settings.UpstreamTls settings) throws IOException {
    WatchedFiles files = new WatchedFiles(settings.files());
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(TlsContexts.PROVIDER);
    if (!settings.verify()) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null);
    } else if (settings.ca().isPresent()) {
      builder.trustManager(
          PemFiles.certificates(settings.ca().get()).toArray(X509Certificate[]::new));
    }
    if (settings.identity().isPresent()) {
      Settings.Certificate identity = settings.identity().get();
      List<X509Certificate> chain = PemFiles.certificates(identity.chain());
      PemFiles.exposure(identity.key()).ifPresent(LOG::warn);
      builder.keyManager(
          PemFiles.keyOf(chain.getFirst(), identity.key()), chain.toArray(X509Certificate[]::new));
    }
    return new TlsClient(builder.build(), settings, files);
  }

  /** Whether a file has changed since it was read, or since this was last asked. Blocks. */
  public boolean isOutdated() {
    return files.haveChanged();
  }

  /** The handler that a connection's pipeline begins with. */
  public SslHandler handler(
      ByteBufAllocator allocator, InetSocketAddress address, Duration handshake) {
    String name = settings.serverName().orElse(address.getHostString());
    SslHandler handler = context.newHandler(allocator, name, address.getPort());
    handler.setHandshakeTimeoutMillis(handshake.toMillis());
    SSLParameters parameters = handler.engine().getSSLParameters();
    parameters.setServerNames(ServerNames.of(name));
    handler.engine().setSSLParameters(parameters);
    return handler;
  }
}
