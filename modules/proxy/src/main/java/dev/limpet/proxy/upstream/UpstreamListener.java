package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.Failure;
import dev.limpet.transport.TunnelEnd;
import io.netty.handler.codec.http.HttpResponse;

/** Hears how one attempt went: exactly one call, on the loop that made the attempt. */
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
   * @param server the connection's raw bytes from here on; to be joined or closed
   */
  void onUpgrade(HttpResponse head, TunnelEnd server);

  /** No response came. */
  void onFailure(Failure failure);
}
