package dev.limpet.cluster.health;

import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.WatchedFiles;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.ServerNames;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS as the upstream's traffic speaks it, for health checks. Safe for threads. */
final class ProbeTls {

  private record Made(SSLContext context, WatchedFiles files) {}

  private static final char[] NO_PASSWORD = {};

  private final Map<Settings.UpstreamTls, Made> contexts = new ConcurrentHashMap<>();

  /**
   * Shakes hands on a connection.
   *
   * @throws IOException also where the settings' files cannot be used
   */
  Socket secure(Socket connected, HostPort server, Settings.UpstreamTls settings)
      throws IOException {
    String name = settings.serverName().orElse(server.host());
    SSLSocket socket =
        (SSLSocket)
            context(settings)
                .getSocketFactory()
                .createSocket(connected, name, server.port(), false);
    SSLParameters parameters = socket.getSSLParameters();
    if (settings.verify()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setServerNames(ServerNames.of(name));
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private SSLContext context(Settings.UpstreamTls settings) throws IOException {
    Made known = contexts.get(settings);
    if (known != null && !known.files().haveChanged()) {
      return known.context();
    }
    try {
      Made made = make(settings);
      contexts.put(settings, made);
      return made.context();
    } catch (IOException e) {
      if (known == null) {
        throw e;
      }
      // Files that cannot be used do not take servers down; the log has it from the data plane.
      return known.context();
    }
  }

  private static Made make(Settings.UpstreamTls settings) throws IOException {
    WatchedFiles files = new WatchedFiles(settings.files());
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          settings.identity().isPresent() ? identity(settings.identity().get()) : null,
          settings.verify() ? authorities(settings) : new TrustManager[] {new TrustEverybody()},
          null);
      return new Made(context, files);
    } catch (GeneralSecurityException e) {
      throw new IOException("the upstream's tls settings cannot be used: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] authorities(Settings.UpstreamTls settings)
      throws IOException, GeneralSecurityException {
    KeyStore store = null;
    if (settings.ca().isPresent()) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate ca : PemFiles.certificates(settings.ca().get())) {
        store.setCertificateEntry("ca-" + store.size(), ca);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] identity(Settings.Certificate identity)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = PemFiles.certificates(identity.chain());
    PrivateKey key = PemFiles.keyOf(chain.getFirst(), identity.key());
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry("limpet", key, NO_PASSWORD, chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** {@code verify = off}. */
  private static final class TrustEverybody extends X509ExtendedTrustManager {

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
