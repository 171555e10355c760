package dev.limpet.http.client;

import akka.http.javadsl.model.HttpResponse;
import dev.limpet.transport.tunnel.TunnelSide;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request of HTTP/2 that wants its stream to become a WebSocket (RFC 8441). To its server it is a
 * GET that asks for an upgrade, with a key of our own. On the loop of the client's connection.
 */
public interface ExtendedConnect {

  /**
   * @param accept the Sec-WebSocket-Accept of a server that has switched
   */
  boolean isAgreement(@Nullable String accept);

  /**
   * The server has agreed, and so do we.
   *
   * @param response what stands for its 101
   * @param begin takes the client's side of the tunnel
   * @param never runs instead if the client has gone
   */
  void agree(HttpResponse response, Consumer<TunnelSide> begin, Runnable never);
}
