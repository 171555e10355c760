package dev.limpet.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** A handler before that of the TLS handshake, which tells that the client has begun it. */
final class FirstBytes extends ChannelInboundHandlerAdapter {

  private final Connection connection;

  FirstBytes(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    connection.markHandshaking();
    context.fireChannelRead(message);
    context.pipeline().remove(this);
  }
}
