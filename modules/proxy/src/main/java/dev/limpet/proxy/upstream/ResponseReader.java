package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Makes responses of what a server sends on one connection, and hands each to its {@link
 * ResponseHandler}: whole if it has come by the end of a read, else as a stream. It is the last
 * handler of the connection's pipeline.
 */
final class ResponseReader extends ChannelInboundHandlerAdapter {

  /** Bytes of a body that are waited for at most before it is streamed. */
  private static final int MAX_BUFFERED = 64 * 1024;

  /**
   * A response whose body is known to be at most this long is held back for a moment: if the server
   * dies in the middle of it, the request can still be repeated.
   */
  private static final int MAX_HELD = 16 * 1024;

  private final UpstreamConnection connection;
  private final SocketChannel channel;
  private final Loop loop;
  private final Duration holdTime;
  private final ResponseDecoder decoder = new ResponseDecoder(this);
  private final ResponseBody body = new ResponseBody();

  /** Waits for a response. */
  private @Nullable ResponseHandler waiting;

  /** Has had its response, but bodies are still under way. */
  private @Nullable ResponseHandler answered;

  private @Nullable HttpResponse head;
  private @Nullable Future<?> hold;
  private boolean streaming;
  private boolean upgraded;

  /**
   * @param holdTime how long a short response that is not whole is held back; zero for not at all
   */
  ResponseReader(
      UpstreamConnection connection, SocketChannel channel, Loop loop, Duration holdTime) {
    this.connection = connection;
    this.channel = channel;
    this.loop = loop;
    this.holdTime = holdTime;
  }

  ResponseDecoder decoder() {
    return decoder;
  }

  UpstreamConnection connection() {
    return connection;
  }

  ResponseBody body() {
    return body;
  }

  /** The response that comes next is this request's. */
  void expect(HttpRequest request, ResponseHandler handler) {
    decoder.expect(request);
    waiting = handler;
    head = null;
    streaming = false;
    body.begin();
  }

  /** The handler that waits for a response, if any; it hears nothing more from here. */
  @Nullable ResponseHandler dismiss() {
    ResponseHandler dismissed = waiting;
    waiting = null;
    return dismissed;
  }

  /** Whether what the server sends now belongs to a response. */
  boolean awaitsBytes() {
    return !body.isComplete() && (waiting != null || streaming || upgraded);
  }

  /** Whether no handler has anything to do with this connection. */
  boolean isUnused() {
    return waiting == null && answered == null;
  }

  boolean hasHead() {
    return head != null;
  }

  boolean isStreaming() {
    return streaming;
  }

  /** The head of the response, once all of it has come; or null. */
  @Nullable HttpResponse complete() {
    return body.isComplete() ? head : null;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (body.failure() != null) {
        // The codec takes our own close for the end of a body without a length.
        return;
      }
      if (!awaitsBytes()) {
        connection.onSurplus();
        return;
      }
      if (message instanceof HttpResponse response) {
        onHead(response);
      }
      if (message instanceof HttpContent content) {
        onContent(content);
      } else if (message instanceof ByteBuf bytes) {
        body.add(bytes);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    connection.count();
    ResponseHandler handler = waiting;
    if (upgraded && handler != null) {
      tunnel(handler);
    } else if (head != null && handler != null) {
      connection.awaitMore();
      if (body.size() <= MAX_BUFFERED && handler.needsBody(head)) {
        return;
      }
      if (isShort(head) && handler.isRepeatable()) {
        hold();
      } else {
        stream(head, handler);
      }
    } else if (streaming) {
      connection.awaitMore();
      holdBack();
      body.changed();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    connection.onWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    connection.fail(Failure.RESET);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    loop.faults().caughtIfOurs("a server's connection", cause);
    // A server that takes no more of the request may have said why, and that can still be read.
    if (!(cause instanceof IOException) || !channel.isOutputShutdown() || !channel.isActive()) {
      connection.fail(Failure.RESET);
    }
  }

  private void onHead(HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      boolean brokeOff =
          response.decoderResult().cause() instanceof PrematureChannelClosureException;
      connection.fail(brokeOff ? Failure.RESET : Failure.BAD_RESPONSE);
      return;
    }
    int status = response.status().code();
    boolean switching = status == 101 && decoder.isUpgradable();
    if (waiting != null && (switching || status >= 200)) {
      waiting.onHead();
    }
    if (switching) {
      upgraded = true;
      head = response;
      channel.config().setAutoRead(false);
    } else if (status >= 200 && status <= 999) {
      head = response;
    } else if (status < 100 || status == 101 || status > 999) {
      connection.fail(Failure.BAD_RESPONSE);
    } else if (waiting != null) {
      waiting.onInterim(response);
    }
  }

  private void onContent(HttpContent content) {
    if (head == null || upgraded) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      connection.fail(Failure.BAD_RESPONSE);
      return;
    }
    if (content.content().isReadable()) {
      body.add(content.content());
    }
    if (content instanceof LastHttpContent last) {
      body.end(last.trailingHeaders());
      endHold();
      if (streaming) {
        connection.finishExchange();
      } else {
        handOver(head);
      }
    }
  }

  /** The response is whole. */
  private void handOver(HttpResponse response) {
    ResponseHandler handler = dismiss();
    if (handler == null) {
      return;
    }
    ByteString bytes = body.take();
    if (connection.isRequestSent()) {
      connection.finishExchange();
      handler.onResponse(response, bytes);
      handler.onEnd();
    } else {
      // The server has answered early, and nobody needs the rest of the request.
      answered = handler;
      handler.onResponse(response, bytes);
      connection.close(Failure.RESET);
    }
  }

  private boolean isShort(HttpResponse response) {
    return holdTime.isPositive() && HttpUtil.getContentLength(response, Long.MAX_VALUE) <= MAX_HELD;
  }

  /** The rest of a short response has its moment, counted from its head. */
  private void hold() {
    if (hold == null) {
      hold =
          loop.schedule(
              () -> {
                ResponseHandler handler = waiting;
                if (handler != null && head != null) {
                  stream(head, handler);
                }
              },
              holdTime,
              loop.faults().in("a server's connection", () -> connection.fail(Failure.INTERNAL)));
    }
  }

  private void endHold() {
    if (hold != null) {
      hold.cancel(false);
      hold = null;
    }
  }

  private void stream(HttpResponse response, ResponseHandler handler) {
    endHold();
    waiting = null;
    answered = handler;
    streaming = true;
    holdBack();
    Source<ByteString, NotUsed> bytes = Source.fromGraph(new ResponseBodyStage(this, handler));
    handler.onStreamedResponse(response, bytes);
  }

  /** The server waits while more is here than the client's side has room for. */
  private void holdBack() {
    if (answered != null && body.size() > answered.bodyRoom()) {
      channel.config().setAutoRead(false);
      answered.bodyWaits(body.size());
    }
  }

  /** Takes the part of a streamed body that is here, and asks the server for more. */
  ByteString takeBody() {
    ByteString bytes = body.take();
    connection.count();
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
      if (answered != null) {
        answered.bodyWaits(0);
      }
    }
    return bytes;
  }

  /** Nobody wants the rest of a streamed body. */
  void cancelBody() {
    body.drop();
    connection.count();
    if (!body.isComplete()) {
      connection.close(Failure.CLIENT_GONE);
    }
  }

  /** The last byte of a streamed body has been passed on. */
  void bodyDelivered() {
    body.detach();
    streaming = false;
    connection.onBodyDelivered();
  }

  private void tunnel(ResponseHandler handler) {
    HttpResponse response = head;
    if (response == null) {
      return;
    }
    waiting = null;
    // Bytes that came behind the 101 are handed to this handler before it goes, too.
    channel.pipeline().remove(HttpRequestEncoder.class);
    channel.pipeline().remove(decoder);
    TunnelEnd server = TunnelEnd.takeOver(channel, body.take());
    channel.pipeline().remove(this);
    connection.leavePool();
    handler.onUpgrade(response, server);
  }

  /** No more bytes come; a stream passes on what is here. */
  void breakOff(Failure cause) {
    body.breakOff(cause);
    if (!streaming) {
      body.drop();
    }
    endHold();
  }

  /** The connection has nothing more to do with the request. */
  void end() {
    ResponseHandler ended = answered;
    answered = null;
    head = null;
    connection.count();
    if (ended != null) {
      ended.onEnd();
    }
  }
}
