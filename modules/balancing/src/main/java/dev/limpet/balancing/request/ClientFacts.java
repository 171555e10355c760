package dev.limpet.balancing.request;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of a request that tell who its client is. */
public interface ClientFacts {

  /** The first header of this name, which is in lower case; one char for each byte. */
  @Nullable String header(String name);

  /** As {@link #header}, all of them in their order. */
  List<String> headers(String name);

  /** Path and query as the client sent them. */
  String target();

  /** The client's address, after trusted proxies. */
  String address();
}
