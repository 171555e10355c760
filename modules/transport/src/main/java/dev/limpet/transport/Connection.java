package dev.limpet.transport;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's connection that was accepted and waits for its flow to be run. */
public final class Connection {

  private final Loop loop;
  private final Channel channel;
  private final ChannelStage stage;

  Connection(Loop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
    Inbound inbound = new Inbound();
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
   * Ends the flow, but not the connection: it becomes one side of a tunnel. To be called on the
   * connection's loop, while the flow owes the client no bytes.
   *
   * @param taker gets the connection on its loop, or null if the client has gone
   */
  public void detach(Consumer<@Nullable TunnelEnd> taker) {
    stage.detach(taker);
  }

  void close() {
    channel.close();
  }
}
