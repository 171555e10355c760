package dev.limpet.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.List;

/**
 * Skips a PROXY header, version 2, about a connection that is not TCP: it says nothing of use, and
 * the connection's own addresses count, as with HAProxy. All else is left to the decoder behind it.
 */
final class NonTcpProxyHeaders extends ByteToMessageDecoder {

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  /** Offsets of what follows the signature; the addresses are behind. */
  private static final int VERSION_AND_COMMAND_AT = 12;

  private static final int FAMILY_AT = 13;
  private static final int LENGTH_AT = 14;
  private static final int HEAD = 16;

  private static final int VERSION_2_PROXY = 0x21;
  private static final int TCP_OVER_IPV4 = 0x11;
  private static final int TCP_OVER_IPV6 = 0x21;

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    int start = in.readerIndex();
    int known = Math.min(in.readableBytes(), SIGNATURE.length);
    for (int i = 0; i < known; i++) {
      if (in.getByte(start + i) != SIGNATURE[i]) {
        context.pipeline().remove(this);
        return;
      }
    }
    if (in.readableBytes() < HEAD) {
      return;
    }
    int family = in.getUnsignedByte(start + FAMILY_AT);
    if (in.getUnsignedByte(start + VERSION_AND_COMMAND_AT) != VERSION_2_PROXY
        || family == TCP_OVER_IPV4
        || family == TCP_OVER_IPV6) {
      context.pipeline().remove(this);
      return;
    }
    int length = HEAD + in.getUnsignedShort(start + LENGTH_AT);
    if (in.readableBytes() >= length) {
      in.skipBytes(length);
      context.pipeline().remove(HAProxyMessageDecoder.class);
      context.pipeline().remove(this);
    }
  }
}
