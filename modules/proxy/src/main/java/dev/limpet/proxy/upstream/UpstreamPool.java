package dev.limpet.proxy.upstream;

import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.channel.ReadBatch;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tls.TlsClient;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One loop's connections to one server. The connection that was used last is used first, so that
 * those which are not needed grow old and close.
 */
public final class UpstreamPool {

  /** A request that needs a connection; it hears of it on the loop, once. */
  public interface Borrower {

    void onConnection(UpstreamConnection ready);

    void onFailure(Failure failure);
  }

  private static final Logger LOG = LoggerFactory.getLogger(UpstreamPool.class);

  private final Loop loop;
  private final Addresses addresses;

  /** Its name for TLS. */
  private final InetSocketAddress named;

  private final Settings.Timeouts timeouts;
  private final Duration hold;
  private final @Nullable TlsClient tls;
  private final LoopConnections connections;
  private final Bootstrap bootstrap;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();

  /** Connections that stand or are being made. */
  private int open;

  UpstreamPool(
      Loop loop,
      Addresses addresses,
      Settings.Upstream upstream,
      @Nullable TlsClient tls,
      LoopConnections connections) {
    this.loop = loop;
    this.addresses = addresses;
    this.named =
        InetSocketAddress.createUnresolved(addresses.server().host(), addresses.server().port());
    this.timeouts = upstream.timeouts();
    this.hold = upstream.retries().holdShortAnswers();
    this.tls = tls;
    this.connections = connections;
    this.bootstrap =
        new Bootstrap()
            .group(loop.executor())
            .channel(loop.channelClass())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, ReadBatch.BOUNDED)
            // A server may have answered, and closed, before it has taken all of the request.
            .option(ChannelOption.AUTO_CLOSE, false)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeouts.connect().toMillis())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    addHandlers(channel);
                  }
                });
  }

  /** Whether the settings have not changed since it was made. */
  @SuppressWarnings("ReferenceEquality") // The usual case; and TLS is loaded anew when it changes.
  boolean isFor(Settings.Upstream now, @Nullable TlsClient client) {
    return tls == client
        && (timeouts == now.timeouts() || timeouts.equals(now.timeouts()))
        && hold.equals(now.retries().holdShortAnswers());
  }

  /** Whether nobody misses it. */
  boolean isEmpty() {
    return open == 0;
  }

  /** An idle connection, or else a new one. */
  public void acquire(Borrower borrower) {
    UpstreamConnection connection = pollIdle();
    if (connection != null) {
      borrower.onConnection(connection);
      return;
    }
    connectNew(borrower);
  }

  /** A connection that no other request has used. */
  public void connectNew(Borrower borrower) {
    if (!loop.files().takeServer()) {
      refuse(borrower);
      return;
    }
    open++;
    HappyEyeballs.begin(
        loop,
        bootstrap,
        addresses,
        timeouts.connect(),
        new HappyEyeballs.Outcome() {
          @Override
          public void onChannel(Channel connected) {
            try {
              onConnected(connected, borrower);
            } catch (Throwable thrown) {
              connected.close();
              loop.faults().caught("a connection to a server", thrown);
              borrower.onFailure(Failure.INTERNAL);
            }
          }

          @Override
          public void onFailure(Failure failure) {
            open--;
            loop.files().giveBackServer();
            borrower.onFailure(failure);
          }

          @Override
          public void onShortage(String what) {
            loop.failures()
                .note(
                    Level.ERROR,
                    "this node can open no more connections: " + what,
                    () -> "to server " + addresses.server());
          }
        });
  }

  /** All that may be open is: one that is not needed goes, for the next request. */
  private void refuse(Borrower borrower) {
    loop.files()
        .serversRefused()
        .add(
            times ->
                LOG.warn(
                    "too few files may be open (ulimit -n): {} requests had no connection, the last to {}",
                    times,
                    addresses.server()));
    connections.closeIdle();
    loop.execute(
        () -> borrower.onFailure(Failure.TOO_MANY_CONNECTIONS), loop.faults().in("a request"));
  }

  /** Closes what has not been used for longest. */
  boolean closeIdle() {
    UpstreamConnection oldest = idle.peekFirst();
    if (oldest == null) {
      return false;
    }
    oldest.onSurplus();
    return true;
  }

  private void onConnected(Channel channel, Borrower borrower) {
    channel.closeFuture().addListener(_ -> loop.files().giveBackServer());
    UpstreamConnection connection = channel.pipeline().get(ResponseReader.class).connection();
    connections.add(connection);
    if (tls == null) {
      borrower.onConnection(connection);
    } else {
      channel
          .pipeline()
          .get(SslHandler.class)
          .handshakeFuture()
          .addListener(secured -> onHandshake(connection, secured, borrower));
    }
  }

  private void onHandshake(
      UpstreamConnection connection, Future<? super Channel> secured, Borrower borrower) {
    if (secured.isSuccess()) {
      borrower.onConnection(connection);
    } else {
      LOG.debug("TLS with {} failed: {}", addresses.server(), String.valueOf(secured.cause()));
      borrower.onFailure(
          secured.cause() instanceof SslHandshakeTimeoutException
              ? Failure.CONNECT_TIMEOUT
              : Failure.TLS_FAILED);
    }
  }

  Loop loop() {
    return loop;
  }

  void release(UpstreamConnection connection) {
    idle.addLast(connection);
  }

  void forget(UpstreamConnection connection) {
    idle.removeLastOccurrence(connection);
    if (connections.remove(connection)) {
      open--;
    }
  }

  private @Nullable UpstreamConnection pollIdle() {
    UpstreamConnection connection;
    while ((connection = idle.pollLast()) != null) {
      if (connection.isFresh()) {
        return connection;
      }
      connection.onSurplus();
    }
    return null;
  }

  private void addHandlers(Channel channel) {
    UpstreamConnection connection =
        new UpstreamConnection((SocketChannel) channel, this, timeouts, hold);
    if (tls != null) {
      channel.pipeline().addLast(tls.handler(channel.alloc(), named, timeouts.connect()));
    }
    channel
        .pipeline()
        .addLast(new HttpRequestEncoder())
        .addLast(connection.response().decoder())
        .addLast(connection.response());
  }
}
