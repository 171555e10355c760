package dev.limpet.balancing;

import org.jspecify.annotations.Nullable;

/** What of a request routes look at, and what their placeholders stand for. */
public interface RequestFacts {

  String method();

  /** The first header of this name, which is in lower case; one char for each byte. */
  @Nullable String header(String name);

  /** Path and query as the client sent them. */
  String target();

  /** The Host header as it came, with or without a port; empty if there was none. */
  String host();

  /** Normalised, see {@link PathNormalizer}. */
  String path();

  /** As the client sent it, without the query. */
  String rawPath();

  /** With its question mark, or empty. */
  String query();

  /** How the client came: {@code http} or {@code https}. */
  String scheme();

  /** The client's address, after trusted proxies. */
  String address();
}
