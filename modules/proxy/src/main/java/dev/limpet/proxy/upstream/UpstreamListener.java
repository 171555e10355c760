package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.Failure;
import io.netty.handler.codec.http.HttpResponse;

/**
 * Hears how one attempt went, on the loop that made the attempt: exactly one call, but for interim
 * responses before it and the end of a streamed body behind it.
 */
public interface UpstreamListener {

  /** An interim response (1xx, but 101); others and the final one follow. */
  void onInterim(HttpResponse head);

  /** The response arrived whole. */
  void onResponse(HttpResponse head, ByteString body);

  /**
   * The head arrived and the body is under way.
   *
   * @param body to be run once, on the same loop; cancelling it closes the connection
   */
  void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> body);

  /** The streamed body has come to an end, or nobody will read the rest of it. */
  void onBodyEnd();

  /**
   * The server agreed to another protocol.
   *
   * @param tunnel the connection's raw bytes from here on
   */
  void onUpgrade(HttpResponse head, Flow<ByteString, ByteString, NotUsed> tunnel);

  /** No response came. */
  void onFailure(Failure failure);
}
