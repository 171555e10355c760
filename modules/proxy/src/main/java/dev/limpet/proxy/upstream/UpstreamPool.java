package dev.limpet.proxy.upstream;

import dev.limpet.model.Settings;
import dev.limpet.proxy.Failure;
import dev.limpet.transport.Loop;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One loop's connections to one server. The connection that was used last is used first, so that
 * those which are not needed grow old and close.
 */
public final class UpstreamPool {

  /** The largest response head that is read, in bytes of each header line. */
  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private final InetSocketAddress address;
  private final Settings.Timeouts timeouts;
  private final LoopConnections connections;
  private final Bootstrap bootstrap;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();

  UpstreamPool(
      Loop loop,
      InetSocketAddress address,
      Settings.Timeouts timeouts,
      LoopConnections connections) {
    this.address = address;
    this.timeouts = timeouts;
    this.connections = connections;
    this.bootstrap =
        new Bootstrap()
            .group(loop.executor())
            .channel(loop.channelClass())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeouts.connect().toMillis())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    addHandlers(channel);
                  }
                });
  }

  /** An idle connection, or else a new one; failures to connect go to {@code failed}. */
  public void acquire(Consumer<UpstreamConnection> ready, Consumer<Failure> failed) {
    UpstreamConnection connection = pollIdle();
    if (connection != null) {
      ready.accept(connection);
      return;
    }
    connectNew(ready, failed);
  }

  /** A connection that no other request has used. */
  public void connectNew(Consumer<UpstreamConnection> ready, Consumer<Failure> failed) {
    ChannelFuture connecting = bootstrap.connect(address);
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            ready.accept(connecting.channel().pipeline().get(UpstreamConnection.class));
          } else {
            failed.accept(
                done.cause() instanceof ConnectTimeoutException
                    ? Failure.CONNECT_TIMEOUT
                    : Failure.CONNECT_REFUSED);
          }
        });
  }

  void release(UpstreamConnection connection) {
    idle.addLast(connection);
  }

  void forget(UpstreamConnection connection) {
    idle.removeLastOccurrence(connection);
    connections.remove(connection);
  }

  private @Nullable UpstreamConnection pollIdle() {
    UpstreamConnection connection;
    while ((connection = idle.pollLast()) != null) {
      if (connection.isUsable()) {
        return connection;
      }
    }
    return null;
  }

  private void addHandlers(Channel channel) {
    UpstreamConnection connection = new UpstreamConnection(channel, this, timeouts);
    connections.add(connection);
    channel
        .pipeline()
        .addLast(
            new HttpClientCodec(
                new HttpDecoderConfig()
                    .setMaxHeaderSize(MAX_HEADER_BYTES)
                    .setMaxChunkSize(MAX_HEADER_BYTES)
                    .setValidateHeaders(false),
                false,
                true))
        .addLast(connection);
  }
}
