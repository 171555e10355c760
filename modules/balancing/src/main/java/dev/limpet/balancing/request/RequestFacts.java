package dev.limpet.balancing.request;

/** The parts of a request that routes look at, and that their placeholders stand for. */
public interface RequestFacts extends ClientFacts {

  String method();

  /** The Host header, with or without a port; empty if there was none. */
  String host();

  /** Normalised: decoded, without dot segments, and with single slashes. */
  String path();

  /** As the client sent it, without the query. */
  String rawPath();

  /** With its question mark, or empty. */
  String query();

  /** How the client came: {@code http} or {@code https}. */
  String scheme();

  /** As servers and the access log have it; empty where requests have none. */
  String requestId();
}
