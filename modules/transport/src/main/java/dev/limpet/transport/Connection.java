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
  private final Flow<ByteString, ByteString, NotUsed> flow;

  Connection(Loop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
    this.flow = ChannelFlow.of(channel, ByteString.emptyByteString());
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
    return flow;
  }

  void close() {
    channel.close();
  }
}
