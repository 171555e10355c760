package dev.limpet.model.settings;

import java.time.Duration;
import java.util.List;

/** One way to recognise a client. */
public sealed interface AffinityRule {

  /** How long a client stays bound after its last request. */
  Duration ttl();

  /**
   * Cookies of the application, learned from its Set-Cookie headers.
   *
   * @param cookies their names, at least one
   */
  record Learn(List<String> cookies, Duration ttl) implements AffinityRule {}

  /**
   * A value that names the server: its id, or anything, a dot and its id.
   *
   * @param cookies names of cookies with such a value
   * @param queries names of query and path parameters with such a value
   */
  record Route(List<String> cookies, List<String> queries, Duration ttl) implements AffinityRule {}

  /**
   * @param name in lower case
   */
  record Header(String name, Duration ttl) implements AffinityRule {}

  record Query(String name, Duration ttl) implements AffinityRule {}

  /** The sid of Engine.IO, learned from the response to the handshake. */
  record SocketIo(Duration ttl) implements AffinityRule {}

  /** The client's address: its network of three octets for IPv4, the whole for IPv6. */
  record Ip(Duration ttl) implements AffinityRule {}

  /**
   * Limpet's own cookie, which is signed and carries the placement itself.
   *
   * @param ttl how long a client stays bound after its last request, to within a quarter
   * @param domain empty for a host-only cookie
   * @param secure AUTO adds {@code Secure} where the client came by TLS
   * @param pass whether servers get to see it
   * @param lasting whether it outlives the browser's session
   */
  record Cookie(
      String name,
      Duration ttl,
      String path,
      String domain,
      SameSite sameSite,
      Secure secure,
      boolean httpOnly,
      boolean pass,
      boolean lasting)
      implements AffinityRule {

    public enum SameSite {
      LAX,
      STRICT,
      NONE
    }

    public enum Secure {
      AUTO,
      ON,
      OFF
    }
  }
}
