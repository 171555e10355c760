package dev.limpet.admin.door;

import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.TlsContexts;
import dev.limpet.model.settings.Admin;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * The TLS of the admin listener, as its files were when this was made, and who shows which
 * certificate. Safe for threads.
 */
final class ListenerTls {

  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  /** Who has shown a certificate of an authority of ours. */
  record Client(String subject, Optional<Admin.Role> role) {}

  private final Admin.Tls settings;
  private final SSLContext context;

  private ListenerTls(Admin.Tls settings, SSLContext context) {
    this.settings = settings;
    this.context = context;
  }

  /**
   * @throws IOException names the file and what is wrong with it
   */
  static ListenerTls read(Admin.Tls settings) throws IOException {
    Path file = settings.identity().chain();
    List<X509Certificate> chain = PemFiles.certificates(file);
    TlsContexts.Identity identity =
        new TlsContexts.Identity(
            chain, PemFiles.keyOf(chain.getFirst(), settings.identity().key()));
    List<X509Certificate> authorities =
        settings.clientCa().isPresent()
            ? PemFiles.certificates(settings.clientCa().get())
            : List.of();
    try {
      return new ListenerTls(settings, TlsContexts.of(identity, authorities));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": cannot be used: " + e.getMessage(), e);
    }
  }

  /** For one connection. Probes show no certificate. */
  SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setWantClientAuth(settings.clientCa().isPresent());
    engine.setEnabledProtocols(VERSIONS);
    return engine;
  }

  /**
   * @param shown by a client, and verified
   */
  Client client(X509Certificate shown) {
    Set<String> names = names(shown);
    for (Admin.Client client : settings.clients()) {
      if (names.contains(client.subject())) {
        return new Client(client.subject(), Optional.of(client.role()));
      }
    }
    return new Client(names.iterator().next(), settings.otherClients());
  }

  /** The common name first, if there is one. */
  private static Set<String> names(X509Certificate certificate) {
    String subject = certificate.getSubjectX500Principal().getName();
    Set<String> names = new LinkedHashSet<>();
    try {
      for (Rdn part : new LdapName(subject).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          names.add(String.valueOf(part.getValue()));
        }
      }
      names.add(subject);
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        alternatives.forEach(alternative -> names.add(String.valueOf(alternative.get(1))));
      }
    } catch (InvalidNameException | GeneralSecurityException unreadable) {
      names.add(subject);
    }
    return names;
  }
}
