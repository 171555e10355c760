package dev.limpet.model.settings;

/**
 * The method by which an upstream chooses a server for a client that is bound to none. All go by
 * weight.
 */
public sealed interface BalancingMethod {

  /** Whether it matters how many requests are under way at a server. */
  default boolean goesByLoad() {
    return switch (this) {
      case LeastConnections m -> true;
      case LeastTime m -> true;
      case RandomTwo m -> m.by() == Measure.CONNECTIONS;
      case RoundRobin m -> false;
      case IpHash m -> false;
      case Hash m -> false;
    };
  }

  /** Servers take turns. */
  record RoundRobin() implements BalancingMethod {}

  /** The fewest requests under way. */
  record LeastConnections() implements BalancingMethod {}

  /**
   * The shortest smoothed time, times the requests under way.
   *
   * @param until HEADER or LAST_BYTE
   */
  record LeastTime(Measure until) implements BalancingMethod {}

  /** The better of two that are picked at random. */
  record RandomTwo(Measure by) implements BalancingMethod {}

  /** The network of the client's address: three octets of IPv4, all of IPv6. */
  record IpHash() implements BalancingMethod {}

  /**
   * What the request holds there. A request without it gets a server in turn.
   *
   * @param name of the header, in lower case, the cookie or the parameter; empty for the others
   */
  record Hash(Source source, String name) implements BalancingMethod {}

  /** The measure by which one of two servers is better. */
  enum Measure {
    /** Requests under way. */
    CONNECTIONS,
    /** From the request to the head of the response. */
    HEADER,
    /** From the request to the end of the response. */
    LAST_BYTE
  }

  enum Source {
    HEADER,
    COOKIE,
    QUERY,
    /** The target without its query. */
    PATH,
    /** The client's whole address. */
    ADDRESS
  }
}
