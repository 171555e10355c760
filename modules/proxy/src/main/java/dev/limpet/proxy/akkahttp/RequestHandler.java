package dev.limpet.proxy.akkahttp;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import java.util.function.Consumer;

/** Answers requests; called on the loop of the client's connection. */
public interface RequestHandler {

  /**
   * @param materializer runs the request's body on the client's loop
   * @param reply takes the response, once, on the client's loop
   * @return ends the work for this request if the client goes away before its response
   */
  Runnable handle(
      Client client, HttpRequest request, Materializer materializer, Consumer<HttpResponse> reply);
}
