package dev.limpet.transport;

import dev.limpet.model.net.Cidr;
import dev.limpet.model.settings.Settings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A connection's first moments: who the client is by the PROXY header, the TLS handshake, and which
 * protocol it speaks. Only then, with the first bytes of a request, does a stream begin; a client
 * that says nothing costs no more than its channel.
 */
final class Arrival extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

  private final Connection connection;
  private final Inbound inbound;
  private final Settings.Listener listener;
  private final Occurrences refused;
  private final Consumer<Connection> handler;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> deadline;
  private @Nullable Protocol agreed;
  private boolean failed;

  /**
   * @param refused counts those that bring a PROXY header and may not
   * @param handler gets the connection on its loop when a request begins
   */
  Arrival(
      Connection connection,
      Inbound inbound,
      Settings.Listener listener,
      Occurrences refused,
      Consumer<Connection> handler) {
    this.connection = connection;
    this.inbound = inbound;
    this.listener = listener;
    this.refused = refused;
    this.handler = handler;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /**
   * Begins to read. The first request's head has its time from now on, whatever comes before it;
   * and who says nothing at all does not get more than who has been served.
   */
  void begin() {
    if (listener.proxyProtocol() && !mayIntroduce(connection.remote().getAddress())) {
      refuse();
      return;
    }
    Settings.ClientTimeouts timeouts = listener.timeouts();
    boolean shorter = timeouts.head().compareTo(timeouts.keepAlive()) < 0;
    waitFor(shorter ? timeouts.head() : timeouts.keepAlive());
    Objects.requireNonNull(context).channel().config().setAutoRead(true);
  }

  /** Whether it is a proxy, whose word counts for who the client is. */
  private boolean mayIntroduce(InetAddress peer) {
    for (Cidr block : listener.trustedProxies()) {
      if (block.contains(peer)) {
        return true;
      }
    }
    return false;
  }

  private void refuse() {
    String peer = connection.remote().getAddress().getHostAddress();
    refused.add(
        times ->
            LOG.warn(
                "{} is none of the trusted-proxies of listener {}, which takes PROXY headers only: closed{}",
                peer,
                listener.name(),
                Occurrences.andOthers(times)));
    connection.abort();
  }

  /**
   * How long the client may go on to say nothing. Once it has said something, another clock counts;
   * on the connection's loop.
   */
  void waitFor(Duration patience) {
    ChannelHandlerContext own = Objects.requireNonNull(context);
    if (deadline != null) {
      deadline.cancel(false);
    }
    Loop loop = connection.loop();
    deadline = loop.schedule(own::close, patience, loop.faults().in("a connection"));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HAProxyMessage header) {
      try {
        introduce(header);
      } catch (UnknownHostException | IllegalArgumentException e) {
        unreadableHeader();
        context.close();
      } finally {
        header.release();
      }
    } else {
      context.fireChannelRead(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    decide(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      SslHandler tls = context.pipeline().get(SslHandler.class);
      boolean http2 = ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
      agreed = http2 ? Protocol.HTTP_2 : Protocol.HTTP_1;
      connection.busy();
      connection.idle();
    }
    if (event instanceof SslCompletionEvent tls && !tls.isSuccess()) {
      handshakeFailed(tls.cause());
    }
    if (event.equals(TlsGreeting.PLAIN_HTTP)) {
      fail("plain HTTP on a TLS listener, " + listener.name());
    }
    context.fireUserEventTriggered(event);
    // A client may send its request and half-close in one.
    decide(context);
  }

  /**
   * What the client was told, or has told us, by an alert; a client that only leaves is not worth a
   * line.
   */
  private void handshakeFailed(Throwable cause) {
    if (!(cause instanceof ClosedChannelException) && agreed == null) {
      fail("a TLS handshake failed at listener " + listener.name() + ": " + inWords(cause));
    }
  }

  /** A line, once for a connection. */
  private void fail(String kind) {
    if (!failed) {
      failed = true;
      connection
          .loop()
          .failures()
          .note(
              Level.WARN,
              kind,
              () -> "client " + connection.remote().getAddress().getHostAddress());
    }
  }

  /** BoringSSL's messages begin with a number and where in it they come from. */
  private static String inWords(Throwable cause) {
    if (cause instanceof NotSslRecordException) {
      // Its message has all that the client said.
      return "what the client says is not TLS";
    }
    String message = String.valueOf(cause.getMessage());
    int internal = message.indexOf(":OPENSSL_internal:");
    return internal < 0
        ? message
        : message.substring(internal + ":OPENSSL_internal:".length()).replace('_', ' ');
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (deadline != null) {
      deadline.cancel(false);
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof HAProxyProtocolException) {
      unreadableHeader();
    }
    context.close();
    connection.loop().faults().caughtIfOurs("a connection", cause);
  }

  private void unreadableHeader() {
    fail("no PROXY header that can be read, listener " + listener.name());
  }

  private void decide(ChannelHandlerContext context) {
    if (!inbound.hasBytes()) {
      if (!inbound.mayReceive()) {
        context.close();
      }
      return;
    }
    Protocol protocol = agreed;
    if (protocol == null && inbound.beginsTls()) {
      fail("TLS on a plain listener, " + listener.name());
      context.close();
      return;
    }
    if (protocol == null) {
      protocol = listener.http2() ? inbound.protocol() : Protocol.HTTP_1;
    }
    if (protocol != null) {
      start(context, protocol);
    }
  }

  private void start(ChannelHandlerContext context, Protocol protocol) {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
    context.channel().config().setAutoRead(false);
    context.pipeline().remove(this);
    connection.setProtocol(protocol);
    try {
      handler.accept(connection);
    } catch (Throwable thrown) {
      context.close();
      connection.loop().faults().caught("a connection", thrown);
    }
  }

  private void introduce(HAProxyMessage header) throws UnknownHostException {
    // A LOCAL connection is the proxy's own, such as its health check.
    if (header.command() == HAProxyCommand.PROXY && header.sourceAddress() != null) {
      InetAddress source = InetAddress.getByName(header.sourceAddress());
      connection.setRemote(new InetSocketAddress(source, header.sourcePort()));
      if (!connection.enter() && context != null) {
        context.close();
      }
    }
  }
}
