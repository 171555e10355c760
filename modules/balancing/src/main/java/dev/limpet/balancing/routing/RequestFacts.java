package dev.limpet.balancing.routing;

import dev.limpet.balancing.affinity.IdSource;

/** What of a request routes look at, and what their placeholders stand for. */
public interface RequestFacts extends IdSource.Request {

  String method();

  /** The Host header, with or without a port; empty if there was none. */
  String host();

  /** Normalised, see {@link PathNormalizer}. */
  String path();

  /** As the client sent it, without the query. */
  String rawPath();

  /** With its question mark, or empty. */
  String query();

  /** How the client came: {@code http} or {@code https}. */
  String scheme();
}
