package dev.limpet.cluster;

import dev.limpet.model.PemFiles;
import dev.limpet.model.Settings;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What health checks are made with: one client for each way to speak TLS. */
final class ProbeClients {

  private static final Logger LOG = LoggerFactory.getLogger(ProbeClients.class);
  private static final char[] NO_PASSWORD = {};

  private final Map<Optional<Settings.UpstreamTls>, HttpClient> clients = new HashMap<>();

  HttpClient of(Optional<Settings.UpstreamTls> tls) {
    return clients.computeIfAbsent(tls, ProbeClients::create);
  }

  private static HttpClient create(Optional<Settings.UpstreamTls> tls) {
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    tls.ifPresent(
        settings -> {
          try {
            builder.sslContext(context(settings));
          } catch (IOException | GeneralSecurityException e) {
            LOG.warn("health checks cannot use the upstream's TLS settings: {}", e.getMessage());
          }
          settings.serverName().ifPresent(name -> builder.sslParameters(asking(name)));
        });
    return builder.build();
  }

  private static SSLParameters asking(String serverName) {
    SSLParameters parameters = new SSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(serverName)));
    return parameters;
  }

  private static SSLContext context(Settings.UpstreamTls settings)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManager[] own =
        settings.identity().isPresent() ? identity(settings.identity().get()) : null;
    TrustManager trust = new ChainOnly(settings.verify() ? authorities(settings) : null);
    context.init(own, new TrustManager[] {trust}, null);
    return context;
  }

  private static X509TrustManager authorities(Settings.UpstreamTls settings)
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
    return (X509TrustManager) factory.getTrustManagers()[0];
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

  /**
   * Asks for a valid chain, but not for the address's name in it: a check goes to an address, and
   * the name may be another one, {@code tls.server-name}.
   */
  private static final class ChainOnly extends X509ExtendedTrustManager {

    private final @Nullable X509TrustManager authorities;

    /**
     * @param authorities null to believe everybody
     */
    ChainOnly(@Nullable X509TrustManager authorities) {
      this.authorities = authorities;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      if (authorities != null) {
        authorities.checkServerTrusted(chain, authType);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("there are no clients here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
