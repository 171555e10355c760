package dev.limpet.http.client;

/** The reason why a client's request cannot go on while it is handled. */
public enum ClientFault {
  /** The body does not come in time, or at less than the least rate. */
  BODY_TIMEOUT,
  /** The body is framed wrongly. */
  MALFORMED_BODY
}
