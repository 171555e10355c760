package dev.limpet.proxy.akkahttp;

import akka.util.ByteString;
import dev.limpet.transport.Connection;
import java.nio.charset.StandardCharsets;

/**
 * Interim responses (1xx) go to a client past Akka HTTP, which has no way to send one. On the loop of
 * the client's connection.
 */
public final class InterimResponses {

  private final Connection connection;

  /** Streamed responses that are not over; there is one at most, before the next is asked for. */
  private int bodies;

  InterimResponses(Connection connection) {
    this.connection = connection;
  }

  public void bodyBegins() {
    bodies++;
  }

  public void bodyEnds() {
    bodies--;
  }

  /**
   * Sends a response head, unless an earlier response is still being written: then the client, which
   * sent its request before it had the answer to the one before, does without.
   *
   * @param head status line and header lines, with their line ends
   */
  public void send(String head) {
    if (bodies == 0) {
      connection.writeBetween(ByteString.fromString(head, StandardCharsets.ISO_8859_1));
    }
  }
}
