package dev.limpet.transport;

/** The protocol that a client speaks, as ALPN or its first bytes say. */
public enum Protocol {
  HTTP_1,
  HTTP_2
}
