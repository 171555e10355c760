package dev.limpet.transport;

/** What a client speaks, as ALPN or its first bytes say. */
public enum Protocol {
  HTTP_1,
  HTTP_2
}
