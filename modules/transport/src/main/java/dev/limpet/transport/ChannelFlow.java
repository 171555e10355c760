package dev.limpet.transport;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import io.netty.channel.Channel;

/** Makes a stream of a channel. */
public final class ChannelFlow {

  private ChannelFlow() {}

  /**
   * The raw bytes of an established channel: what is pushed in is written, what is read comes out.
   * To be called on the channel's loop, and run once, on the loop's dispatcher.
   *
   * @param first bytes that were read already and come out first
   */
  public static Flow<ByteString, ByteString, NotUsed> of(Channel channel, ByteString first) {
    Inbound inbound = new Inbound(first);
    channel.pipeline().addLast(inbound);
    return Flow.fromGraph(new ChannelStage(channel, inbound));
  }
}
