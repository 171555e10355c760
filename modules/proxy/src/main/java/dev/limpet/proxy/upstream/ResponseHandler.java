package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * Gets the response to one request that was sent, on the loop that sent it: interim responses, at
 * most one {@link #onHead}, exactly one of {@link #onResponse}, {@link #onStreamedResponse}, {@link
 * #onUpgrade} and {@link #onFailure}, one {@link #onBodyEnd} behind a stream that was run, and
 * {@link #onEnd} after a response.
 */
public interface ResponseHandler {

  /** An interim response (1xx, but 101); others and the final one follow. */
  void onInterim(HttpResponse head);

  /** The head of the response is here; the rest may be waited for. */
  void onHead();

  /**
   * Whether the request could go once more if a short response, held back, turned out to be cut.
   */
  boolean isRepeatable();

  /**
   * Whether the body is to be waited for, up to 64 KB of it, before anything is made of the
   * response.
   */
  boolean needsBody(HttpResponse head);

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
   * @param server the connection's raw bytes from here on; to be joined or closed
   */
  void onUpgrade(HttpResponse head, TunnelEnd server);

  /** Charges what of the request and of the response waits to go on; asked for once. */
  LoopMemory.Charge charge();

  /** Bytes of the streamed body that may wait for the client before the server has to. */
  int bodyRoom();

  /**
   * So many bytes wait for the client, and the server for them; 0 when the client asks for them.
   */
  void bodyWaits(int bytes);

  /**
   * Of the streamed body nothing more will go out.
   *
   * @param bytes that did
   * @param failure why it is not whole, or null
   */
  void onBodyEnd(long bytes, @Nullable Failure failure);

  /** No response came. */
  void onFailure(Failure failure);

  /**
   * Follows {@link #onResponse} and {@link #onStreamedResponse}, at the latest when the connection
   * closes: the server has nothing more to do with the request. The request's and the response's
   * body have been passed on, or have been cut.
   */
  void onEnd();
}
