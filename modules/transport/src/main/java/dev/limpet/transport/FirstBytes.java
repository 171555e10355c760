package dev.limpet.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Stands before the TLS handshake, and says that the client has said something. */
final class FirstBytes extends ChannelInboundHandlerAdapter {

  private final Connection connection;

  FirstBytes(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    connection.greeting();
    context.fireChannelRead(message);
    context.pipeline().remove(this);
  }
}
