package dev.limpet.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Shows whether the peer of a channel still sends and takes, to whoever looks from time to time.
 * For the channel's loop only.
 */
public final class Activity {

  private final Channel channel;
  private final Inbound inbound;

  Activity(Channel channel, Inbound inbound) {
    this.channel = channel;
    this.inbound = inbound;
  }

  /** Another number than before if the peer has sent something since. */
  public long received() {
    return inbound.reads();
  }

  /** Bytes that the peer has sent, all in all. */
  public long bytes() {
    return inbound.bytes();
  }

  /**
   * 0 if nothing waits for the peer to take it; else another number than before if it has taken
   * something since. It counts as taken when the kernel has it.
   */
  public long unsent() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long waiting = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    if (buffer == null || waiting == 0) {
      return 0;
    }
    long first = System.identityHashCode(buffer.current());
    long state = (first * 31 + waiting) * 31 + buffer.currentProgress();
    return state == 0 ? 1 : state;
  }
}
