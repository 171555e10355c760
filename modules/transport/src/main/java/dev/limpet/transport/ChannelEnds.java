package dev.limpet.transport;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;

/** How a channel says that nothing more will come. */
final class ChannelEnds {

  private ChannelEnds() {}

  /** Half-closes; with TLS by its close alert, since a bare end of the stream may be an attack. */
  static void finishOutput(Channel channel) {
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
