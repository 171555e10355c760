package dev.limpet.http.client;

import akka.http.javadsl.model.HttpHeader;

/**
 * Interim responses (1xx; RFC 9110, 15.2) to the client of one request. Akka HTTP has no way to
 * send one, so they go past it. On the loop of the client's connection.
 */
public interface InterimResponses {

  /** Sends one, if the client can take it at this moment; before the response. */
  void send(int status, String reason, Iterable<? extends HttpHeader> headers);

  /** A streamed response begins. */
  default void bodyBegins() {}

  default void bodyEnds() {}

  /**
   * So many bytes of the streamed response have been read from the server, and nobody asks for
   * them; 0 when somebody has.
   */
  default void bodyWaits(int bytes) {}
}
