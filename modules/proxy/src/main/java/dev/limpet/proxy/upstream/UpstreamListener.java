package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.Failure;
import io.netty.handler.codec.http.HttpResponse;

/**
 * Hears how one attempt went, on the loop that made it: exactly one of the calls, and {@link #onEnd}
 * after a response.
 */
public interface UpstreamListener {

  /** The response arrived whole. */
  void onResponse(HttpResponse head, ByteString body);

  /**
   * The head arrived and the body is under way.
   *
   * @param body to be run once, on the same loop; cancelling it closes the connection
   */
  void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> body);

  /**
   * The server agreed to another protocol.
   *
   * @param tunnel the connection's raw bytes from here on
   */
  void onUpgrade(HttpResponse head, Flow<ByteString, ByteString, NotUsed> tunnel);

  /** No response came. */
  void onFailure(Failure failure);

  /**
   * Follows {@link #onResponse} and {@link #onStreamedResponse}, at the latest when the connection
   * closes: the server has nothing more to do with the request. The request's and the response's body
   * have been passed on, or have been cut.
   */
  void onEnd();
}
