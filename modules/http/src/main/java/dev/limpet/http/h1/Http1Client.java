package dev.limpet.http.h1;

import akka.stream.Attributes;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.LoopClients;

/**
 * The state that the stages of one HTTP/1 connection share. They find it among their stream's
 * attributes, so that the stream need not be put together anew for each connection.
 */
record Http1Client(Client client, RequestReader reader, Http1Interim interim, LoopClients clients)
    implements Attributes.Attribute {

  static Http1Client of(Attributes attributes) {
    return attributes.getAttribute(Http1Client.class).orElseThrow();
  }
}
