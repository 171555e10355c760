package dev.limpet.cluster.port;

import akka.remote.artery.tcp.SSLEngineProvider;
import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.TlsContexts;
import dev.limpet.certificates.WatchedFiles;
import dev.limpet.cluster.port.Refused.Kind;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * Mutual TLS between nodes. Both sides show a certificate of the cluster's authority. Where the
 * settings have names for nodes, both look for one of them in the other's certificate. Else who
 * connects looks for the address it connects to, as browsers do; who is connected to cannot know
 * the other's address, and looks for that of any peer, if there is a list of them. Safe for
 * threads.
 */
public final class NodeTls implements SSLEngineProvider {

  private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  private final Gate gate;
  private final Settings.ClusterTls files;
  private final String host;
  private final Set<String> peers;
  private final WatchedFiles watched;
  private SSLContext context;

  private NodeTls(Gate gate, Settings.ClusterTls files, String host, Set<String> peers)
      throws IOException {
    this.gate = gate;
    this.files = files;
    this.host = host;
    this.peers = peers;
    this.watched = new WatchedFiles(files.files());
    this.context = read();
  }

  /**
   * @param gate told of connections that fail
   * @throws IOException names the file and what is wrong with it
   */
  public static NodeTls of(Gate gate, Settings.Cluster cluster, Settings.ClusterTls tls)
      throws IOException {
    return new NodeTls(
        gate,
        tls,
        name(cluster.address().host()),
        cluster.peers().stream().map(peer -> name(peer.host())).collect(Collectors.toSet()));
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    SSLEngine engine = context().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(true);
    engine.setEnabledProtocols(VERSIONS);
    return new WatchedEngine(
        engine,
        new Frames()::scan,
        failure ->
            gate.failed(
                failure instanceof Frames.Broken ? Kind.UNREADABLE : Kind.CERTIFICATE,
                reason(failure)));
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    SSLEngine engine = context().createSSLEngine(hostname, port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(VERSIONS);
    if (files.names().isEmpty()) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return new WatchedEngine(
        engine,
        // Nothing comes back; Akka closes the connection if it does.
        bytes -> {},
        failure ->
            gate.refuse(
                Kind.CERTIFICATE,
                "the TLS connection to %s: %s"
                    .formatted(new HostPort(hostname, port), reason(failure))));
  }

  /** At the side that connects. */
  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    if (files.names().isEmpty()) {
      return Option.empty(); // The handshake has looked for the host.
    }
    return verify(
        session,
        SERVER,
        why ->
            gate.refuse(
                Kind.CERTIFICATE,
                "the TLS connection to %s: %s"
                    .formatted(new HostPort(hostname, session.getPeerPort()), why)));
  }

  /** At the side that is connected to. */
  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return verify(session, CLIENT, why -> gate.failed(Kind.CERTIFICATE, why));
  }

  private Option<Throwable> verify(SSLSession session, String purpose, Consumer<String> refused) {
    try {
      X509Certificate shown = (X509Certificate) session.getPeerCertificates()[0];
      if (!isFor(shown, purpose)) {
        throw new SSLPeerUnverifiedException(
            "the certificate of %s is not for %s authentication"
                .formatted(subject(shown), purpose.equals(CLIENT) ? "client" : "server"));
      }
      requireNode(shown);
      return Option.empty();
    } catch (GeneralSecurityException | SSLPeerUnverifiedException unverified) {
      refused.accept(String.valueOf(unverified.getMessage()));
      return Option.apply(unverified);
    }
  }

  private void requireNode(X509Certificate shown)
      throws GeneralSecurityException, SSLPeerUnverifiedException {
    Set<String> names = names(shown);
    if (!files.names().isEmpty()) {
      if (!isNamed(names)) {
        throw new SSLPeerUnverifiedException(
            "the certificate of %s has no name of cluster.tls.names, %s, but %s"
                .formatted(subject(shown), files.names(), names));
      }
    } else if (!peers.isEmpty() && peers.stream().noneMatch(peer -> cover(names, peer))) {
      throw new SSLPeerUnverifiedException(
          "the certificate of " + subject(shown) + " names no host of cluster.peers: " + names);
    }
  }

  private boolean isNamed(Set<String> names) {
    return files.names().stream().anyMatch(pattern -> names.stream().anyMatch(pattern::fits));
  }

  /** Whether a certificate with these names is for a host; its star is one label (RFC 9525). */
  private static boolean cover(Set<String> names, String host) {
    int dot = host.indexOf('.');
    return names.contains(host)
        || (dot > 0
            && !new HostPort(host, 0).isLiteral()
            && names.contains("*" + host.substring(dot)));
  }

  private static String subject(X509Certificate shown) {
    return shown.getSubjectX500Principal().getName();
  }

  private static String reason(SSLException failure) {
    Throwable reason = failure;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    return String.valueOf(reason.getMessage());
  }

  private synchronized SSLContext context() {
    if (watched.haveChanged()) {
      try {
        context = read();
        LOG.info("the cluster's certificates were read again");
      } catch (IOException e) {
        LOG.warn("the cluster's certificates are used as they were: {}", e.getMessage());
      }
    }
    return context;
  }

  private SSLContext read() throws IOException {
    List<X509Certificate> chain = PemFiles.certificates(files.certificate());
    X509Certificate own = chain.getFirst();
    PrivateKey key = PemFiles.keyOf(own, files.key());
    PemFiles.exposure(files.key()).ifPresent(LOG::warn);
    try {
      if (!isFor(own, CLIENT) || !isFor(own, SERVER)) {
        throw new IOException(
            files.certificate() + ": must be for server and for client authentication");
      }
      if (!files.names().isEmpty()) {
        if (!isNamed(names(own))) {
          throw new IOException(
              "%s: has no name of cluster.tls.names, %s, but %s"
                  .formatted(files.certificate(), files.names(), names(own)));
        }
      } else if (!cover(names(own), host)) {
        throw new IOException(
            "%s: does not name \"%s\", the host of cluster.address, but %s"
                .formatted(files.certificate(), host, names(own)));
      }
      return TlsContexts.of(
          new TlsContexts.Identity(chain, key), PemFiles.certificates(files.ca()));
    } catch (GeneralSecurityException e) {
      throw new IOException(files.certificate() + ": cannot be used: " + e.getMessage(), e);
    }
  }

  private static boolean isFor(X509Certificate certificate, String purpose)
      throws GeneralSecurityException {
    List<String> purposes = certificate.getExtendedKeyUsage();
    return purposes != null && purposes.contains(purpose);
  }

  /**
   * The DNS names, addresses and URIs that a certificate is for (RFC 9525: the subject's name is
   * none).
   */
  private static Set<String> names(X509Certificate certificate) throws GeneralSecurityException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null
        ? Set.of()
        : names.stream().flatMap(NodeTls::name).collect(Collectors.toSet());
  }

  private static Stream<String> name(List<?> entry) {
    String name = String.valueOf(entry.get(1));
    return switch ((Integer) entry.getFirst()) {
      case DNS_NAME, IP_ADDRESS -> Stream.of(name(name));
      case URI -> Stream.of(name);
      default -> Stream.empty();
    };
  }

  /** One spelling for each name and address. */
  private static String name(String host) {
    return new HostPort(host, 0).host().toLowerCase(Locale.ROOT);
  }
}
