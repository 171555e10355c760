package dev.limpet.model.net;

import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;

/** The rules for names that a TLS client asks for (RFC 6066, section 3). */
public final class ServerNames {

  private ServerNames() {}

  /**
   * The names that SNI gives for a host. TLS libraries leave out names of one label, such as {@code
   * backend} in the networks of Docker and Kubernetes, where certificates and routes go by them as
   * by any other.
   *
   * @param host a name or a literal address
   * @return empty for an address, which is none of a host's names, and for what is no host name by
   *     the letter, such as one with an underscore: the JDK has no way to express it
   */
  public static List<SNIServerName> of(String host) {
    boolean address = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    if (address) {
      return List.of();
    }
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    try {
      return List.of(new SNIHostName(name));
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }
}
