package dev.limpet.http.client;

import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import java.util.function.Consumer;

/** The handler that answers requests. It is called on the loop of the client's connection. */
public interface RequestHandler {

  /** Marks a response as the last of its connection, if that takes one request at a time. */
  AttributeKey<Boolean> LAST = AttributeKey.create("last", Boolean.class);

  /**
   * @param materializer runs the request's body on the client's loop
   * @param reply takes the response, once, on the client's loop
   * @return the work for the request, to be cancelled if the client goes away before its response
   */
  Work handle(
      Client client, HttpRequest request, Materializer materializer, Consumer<HttpResponse> reply);

  /** A request that is being handled; only for the loop of the client's connection. */
  interface Work {

    /** Whether it cannot go on because the client has to send more of the request's body. */
    boolean awaitsBody();

    /** Bytes of the request's body that have gone to a server. */
    long bodySent();

    /**
     * The rest of the request's body will not come: answers with the fault's status, or breaks off
     * the response if that has begun.
     */
    void giveUp(ClientFault fault);

    /** The client has gone, and nobody waits for the response. */
    void cancel();
  }
}
