package dev.limpet.node.certs;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.NamePattern;

/**
 * What a certificate is for, as keytool takes it.
 *
 * @param kind dns, ip or uri
 */
record SubjectName(String kind, String name) {

  /**
   * Reads an address, a DNS name, whose first label may be a star, or a SPIFFE ID.
   *
   * @throws IllegalArgumentException naming what is wrong with the text
   */
  static SubjectName parse(String text) {
    if (text.startsWith("spiffe://") && text.indexOf('*') < 0) {
      return new SubjectName("uri", new NamePattern(text).text());
    }
    HostPort host = new HostPort(text, 0);
    return host.isLiteral()
        ? new SubjectName("ip", host.host())
        : new SubjectName("dns", new NamePattern(text).text());
  }

  @Override
  public String toString() {
    return kind + ":" + name;
  }
}
