package dev.limpet.transport.tls;

import akka.util.ByteString;
import dev.limpet.certificates.PemFiles;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a listener's TLS contexts of its settings and of what its files hold now. */
final class TlsContexts {

  static final SslProvider PROVIDER =
      OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;

  /** Forward secrecy and authenticated encryption only (RFC 9325, 4.2), the cheapest first. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private static final List<String> TLS13_CIPHERS = CIPHERS.subList(0, 3);

  /** A ticket key is a name, a key for the HMAC, and one for AES, of 16 bytes each. */
  private static final int TICKET_NAME_END = 16;

  private static final int TICKET_HMAC_END = 32;

  private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);

  private TlsContexts() {}

  /**
   * Reads all files.
   *
   * @throws IOException names the file and what is wrong with it
   */
  static ServedCertificates load(Settings.Tls tls, boolean http2, KeyRing ticketKeys)
      throws IOException {
    List<ServedCertificates.Served> served = new ArrayList<>();
    for (Settings.Certificate certificate : tls.certificates()) {
      List<X509Certificate> chain = PemFiles.certificates(certificate.chain());
      PrivateKey key = PemFiles.keyOf(chain.getFirst(), certificate.key());
      PemFiles.exposure(certificate.key()).ifPresent(LOG::warn);
      ByteString ocsp =
          certificate.ocspResponse().isPresent()
              ? ByteString.fromArrayUnsafe(PemFiles.read(certificate.ocspResponse().get()))
              : null;
      SslContext context = context(tls, http2, chain, key, ocsp != null);
      setTicketKeys(context, ticketKeys);
      served.add(new ServedCertificates.Served(context, chain.getFirst(), ocsp));
    }
    return new ServedCertificates(served);
  }

  /**
   * The first key seals tickets, all open them. Without keys there are no tickets; the JDK has only
   * its own.
   */
  static void setTicketKeys(SslContext context, KeyRing ring) {
    if (ring.keys().isEmpty() || !(context instanceof ReferenceCountedOpenSslContext openSsl)) {
      return;
    }
    openSsl
        .sessionContext()
        .setTicketKeys(
            ring.keys().stream()
                .map(TlsContexts::ticketKey)
                .toArray(OpenSslSessionTicketKey[]::new));
  }

  private static OpenSslSessionTicketKey ticketKey(byte[] key) {
    return new OpenSslSessionTicketKey(
        Arrays.copyOfRange(key, 0, TICKET_NAME_END),
        Arrays.copyOfRange(key, TICKET_NAME_END, TICKET_HMAC_END),
        Arrays.copyOfRange(key, TICKET_HMAC_END, ClusterSnapshot.TICKET_KEY_BYTES));
  }

  /**
   * The handler that a new connection goes on with. A session is resumed only under the name that
   * it was made for (RFC 6066, 3): BoringSSL takes none of another context, which is the name's
   * hash here. The JDK looks at the name by itself.
   *
   * @param name that the client has asked for; null for none
   */
  static SslHandler handlerFor(
      SslContext context, @Nullable String name, ByteBufAllocator allocator) {
    if (context instanceof ReferenceCountedOpenSslContext openSsl
        && openSsl.sessionContext() instanceof OpenSslServerSessionContext sessions) {
      // The handler copies it.
      synchronized (context) {
        sessions.setSessionIdContext(hash(name == null ? "" : name.toLowerCase(Locale.ROOT)));
        return context.newHandler(allocator);
      }
    }
    return context.newHandler(allocator);
  }

  private static byte[] hash(String name) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }

  private static SslContext context(
      Settings.Tls tls, boolean http2, List<X509Certificate> chain, PrivateKey key, boolean ocsp)
      throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(key, chain.toArray(X509Certificate[]::new))
            .sslProvider(PROVIDER)
            .protocols(protocols(tls.minVersion()))
            .sessionTimeout(ClusterSnapshot.TICKET_LIFE.toSeconds())
            .enableOcsp(ocsp && PROVIDER != SslProvider.JDK)
            .applicationProtocolConfig(alpn(http2));
    if (tls.ciphers().isEmpty()) {
      builder.ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
    } else {
      List<String> ciphers = new ArrayList<>(TLS13_CIPHERS);
      ciphers.addAll(tls.ciphers());
      builder.ciphers(ciphers, IdentityCipherSuiteFilter.INSTANCE);
    }
    try {
      return builder.build();
    } catch (IllegalArgumentException unknown) {
      throw new SSLException("tls.ciphers: " + unknown.getMessage(), unknown);
    }
  }

  /**
   * Clients of whose protocols none is spoken here do not come so far, see {@link
   * ClientHelloHandler}.
   */
  private static ApplicationProtocolConfig alpn(boolean http2) {
    return new ApplicationProtocolConfig(
        ApplicationProtocolConfig.Protocol.ALPN,
        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
        protocols(http2));
  }

  /** The protocols' names in ALPN, the best first. */
  static List<String> protocols(boolean http2) {
    return http2
        ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
        : List.of(ApplicationProtocolNames.HTTP_1_1);
  }

  private static List<String> protocols(Settings.TlsVersion oldest) {
    List<String> protocols = new ArrayList<>();
    for (Settings.TlsVersion version : Settings.TlsVersion.values()) {
      if (version.compareTo(oldest) >= 0) {
        protocols.add(version.protocol());
      }
    }
    return protocols;
  }
}
