package dev.limpet.transport.channel;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;

/**
 * The limit of how much is read from a channel before somebody looks at what has come. Only then
 * can reading be stopped, so this bounds what a channel may hold for a peer that takes nothing.
 */
public final class ReadBatch {

  /** Reads of up to 64 KiB each. Netty's 16 would be a megabyte for every slow client. */
  private static final int READS = 2;

  /** At most 128 KiB at once; for any number of channels. */
  public static final MaxMessagesRecvByteBufAllocator BOUNDED =
      new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(READS);

  private ReadBatch() {}
}
