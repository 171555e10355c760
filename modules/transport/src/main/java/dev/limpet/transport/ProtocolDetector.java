package dev.limpet.transport;

import dev.limpet.model.net.Cidr;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.report.Occurrences;
import dev.limpet.transport.tls.ClientHelloHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.internal.tcnative.SSL;
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
 * The handler of a connection's first moments: it learns who the client is from the PROXY header,
 * waits for the TLS handshake, and finds out which protocol the client speaks. Only then, with the
 * first bytes of a request, does a stream begin; a client that says nothing costs no more than its
 * channel.
 */
final class ProtocolDetector extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(ProtocolDetector.class);

  private final Connection connection;
  private final Inbound inbound;

  /** The settings under which the connection was accepted. */
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
  ProtocolDetector(
      Connection connection,
      Settings.Listener listener,
      Occurrences refused,
      Consumer<Connection> handler) {
    this.connection = connection;
    this.inbound = connection.inbound();
    this.listener = listener;
    this.refused = refused;
    this.handler = handler;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /** Whether the client's address is known only when such a header has come. */
  boolean expectsProxyHeader() {
    return listener.proxyProtocol();
  }

  /**
   * The first request's head has its time from now on, whatever comes before it; and who says
   * nothing at all does not get more than who has been served.
   */
  void startReading() {
    if (listener.proxyProtocol() && !mayIntroduce(connection.remote().getAddress())) {
      refuse();
      return;
    }
    Settings.ClientTimeouts timeouts = listener.timeouts();
    boolean shorter = timeouts.head().compareTo(timeouts.keepAlive()) < 0;
    closeAfter(shorter ? timeouts.head() : timeouts.keepAlive());
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
    connection.meter().dropped();
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
   * Closes the connection if no request begins for so long. Once one has begun, another clock
   * counts. On the connection's loop.
   */
  void closeAfter(Duration patience) {
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
    startIfKnown(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      SslHandler tls = context.pipeline().get(SslHandler.class);
      boolean http2 = ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
      agreed = http2 ? Protocol.HTTP_2 : Protocol.HTTP_1;
      connection.meter().handshake(tls.engine().getSession().getProtocol(), isResumed(tls));
      connection.markBusy();
      connection.markIdle();
    }
    if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
      connection.meter().handshakeFailed();
    }
    if (event instanceof SslCompletionEvent tls && !tls.isSuccess()) {
      handshakeFailed(tls.cause());
    }
    if (event.equals(ClientHelloHandler.PLAIN_HTTP)) {
      fail("plain HTTP on a TLS listener, " + listener.name());
    }
    context.fireUserEventTriggered(event);
    // A client may send its request and half-close in one.
    startIfKnown(context);
  }

  /** Java's own TLS does not say. */
  private static boolean isResumed(SslHandler tls) {
    return tls.engine() instanceof ReferenceCountedOpenSslEngine engine
        && SSL.isSessionReused(engine.sslPointer());
  }

  /**
   * Logs what the client was told, or has told us, by an alert; a client that only leaves is not
   * worth a line.
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

  /** Gives the connection on once it is known what the client speaks. */
  private void startIfKnown(ChannelHandlerContext context) {
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
      if (!connection.enterAddress() && context != null) {
        context.close();
      }
    }
  }
}
