package dev.limpet.transport;

import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Looks for what the kernel holds of a channel's input and its event loop has not been told of yet. */
public final class Unread {

  /** Never read from: who finds something there closes the channel. */
  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(1));

  private Unread() {}

  /**
   * Whether the peer has sent something, or has closed its side. The byte that was found is lost. One
   * system call; on the channel's loop, while its auto-read is on. Where sockets are not native (NIO)
   * it finds nothing, and the loop hears of it a moment later.
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
