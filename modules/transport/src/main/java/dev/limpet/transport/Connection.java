package dev.limpet.transport;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** A client's connection that was accepted and waits for its flow to be run. */
public final class Connection {

  private final Loop loop;
  private final Channel channel;
  private final ChannelStage stage;

  Connection(Loop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
    Inbound inbound = new Inbound(ByteString.emptyByteString());
    channel.pipeline().addLast(inbound);
    this.stage = new ChannelStage(channel, inbound);
  }

  public Loop loop() {
    return loop;
  }

  public InetSocketAddress local() {
    return (InetSocketAddress) channel.localAddress();
  }

  public InetSocketAddress remote() {
    return (InetSocketAddress) channel.remoteAddress();
  }

  /** The connection's bytes: to be run once, on the loop's dispatcher. */
  public Flow<ByteString, ByteString, NotUsed> flow() {
    return Flow.fromGraph(stage);
  }

  /**
   * Writes bytes past the flow, if the flow has nothing more to write at the moment; else they are
   * dropped. To be called on the connection's loop, between two messages of the flow.
   */
  public void writeBetween(ByteString bytes) {
    stage.writeBetween(bytes);
  }

  void close() {
    channel.close();
  }
}
