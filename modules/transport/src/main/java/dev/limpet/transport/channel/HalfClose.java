package dev.limpet.transport.channel;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;

/** Says to a channel's peer that nothing more will come. */
public final class HalfClose {

  private HalfClose() {}

  /** Half-closes; with TLS by its close alert, since a bare end of the stream may be an attack. */
  public static void finishOutput(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound().addListener(_ -> shutdown(channel));
    } else {
      shutdown(channel);
    }
  }

  private static void shutdown(Channel channel) {
    if (channel instanceof SocketChannel socket) {
      socket.shutdownOutput();
    }
  }
}
