package dev.limpet.http.h1;

import akka.http.javadsl.model.HttpHeader;
import akka.util.ByteString;
import dev.limpet.http.client.InterimResponses;
import dev.limpet.transport.Connection;
import java.nio.charset.StandardCharsets;

/**
 * The interim responses to all requests of one connection, written between the responses that Akka
 * HTTP writes. While an earlier response is still being written there is no room: then a client
 * that sent its request before it had the answer to the one before does without.
 */
final class Http1Interim implements InterimResponses {

  private final Connection connection;

  /** Streamed responses that are not over; there is one at most, before the next is asked for. */
  private int bodies;

  Http1Interim(Connection connection) {
    this.connection = connection;
  }

  /** Whether a response that has begun is still to be completed. */
  boolean isStreaming() {
    return bodies > 0;
  }

  @Override
  public void bodyBegins() {
    bodies++;
  }

  @Override
  public void bodyEnds() {
    bodies--;
  }

  @Override
  public void send(int status, String reason, Iterable<? extends HttpHeader> headers) {
    if (isStreaming()) {
      return;
    }
    StringBuilder text = new StringBuilder(256);
    text.append("HTTP/1.1 ").append(status).append(' ').append(reason).append("\r\n");
    for (HttpHeader line : headers) {
      text.append(line.name()).append(": ").append(line.value()).append("\r\n");
    }
    connection.writeBetween(
        ByteString.fromString(text.append("\r\n").toString(), StandardCharsets.ISO_8859_1));
  }
}
