package dev.limpet.transport.tls;

import akka.util.ByteString;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificates of one listener, found by the name that a client asks for. Immutable. */
final class ServedCertificates {

  /** GeneralName's choice for a DNS name (RFC 5280, 4.2.1.6). */
  private static final int DNS_NAME = 2;

  /**
   * @param ocsp the response to staple
   */
  record Served(SslContext context, X509Certificate certificate, @Nullable ByteString ocsp) {

    /** The first name that it is for; where there is none, its subject's. */
    String name() {
      List<String> names = names(certificate);
      return names.isEmpty() ? certificate.getSubjectX500Principal().getName() : names.getFirst();
    }
  }

  private final List<Served> all;
  private final Map<String, Served> byName = new HashMap<>();

  ServedCertificates(List<Served> all) {
    this.all = List.copyOf(all);
    for (Served served : all) {
      names(served.certificate()).forEach(name -> byName.putIfAbsent(name, served));
    }
  }

  /**
   * The one for a host: by its own name, else by a wildcard for its parent (RFC 9525, 6.3), else
   * the first.
   */
  Served forHost(@Nullable String host) {
    if (host == null || all.size() == 1) {
      return all.getFirst();
    }
    String lower = host.toLowerCase(Locale.ROOT);
    Served exact = byName.get(lower);
    if (exact != null) {
      return exact;
    }
    int dot = lower.indexOf('.');
    Served wildcard = dot < 0 ? null : byName.get("*" + lower.substring(dot));
    return wildcard == null ? all.getFirst() : wildcard;
  }

  List<Served> all() {
    return all;
  }

  /** To be called when no new connection can begin with them any more. */
  void release() {
    all.forEach(served -> ReferenceCountUtil.release(served.context()));
  }

  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (alternative.get(0) instanceof Integer kind && kind == DNS_NAME) {
            names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // A certificate without names is still good as the first one.
      return names;
    }
    return names;
  }
}
