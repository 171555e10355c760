package dev.limpet.transport.channel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Looks for what the kernel holds of a channel's input and its event loop has not been told of yet.
 */
public final class Unread {

  /** Never read from: who finds something there closes the channel. */
  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(1));

  /** As much as a first look is likely to find. */
  private static final int FIRST = 4 * 1024;

  private Unread() {}

  /**
   * Passes on what the peer has sent, or the first of it. On the channel's loop, while it reads.
   *
   * @return false if the peer has sent nothing, or nothing but the end
   */
  public static boolean deliver(Channel channel) {
    if (!(channel instanceof UnixChannel socket)) {
      return false;
    }
    ByteBuf bytes = channel.alloc().directBuffer(FIRST);
    int count;
    try {
      count = socket.fd().read(bytes.internalNioBuffer(0, FIRST), 0, FIRST);
    } catch (IOException broken) {
      count = 0;
    }
    if (count <= 0) {
      bytes.release();
      return false;
    }
    channel.pipeline().fireChannelRead(bytes.writerIndex(count));
    channel.pipeline().fireChannelReadComplete();
    return true;
  }

  /**
   * Whether the peer has sent something, or has closed its side. The byte that was found is lost.
   * One system call; on the channel's loop, while its auto-read is on. Where sockets are not native
   * (NIO) it finds nothing, and the loop hears of it a moment later.
   */
  public static boolean isAny(Channel channel) {
    if (!(channel instanceof UnixChannel socket)) {
      return false;
    }
    try {
      return socket.fd().read(SCRATCH.get(), 0, 1) != 0;
    } catch (IOException broken) {
      return true;
    }
  }
}
