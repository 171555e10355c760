package dev.limpet.proxy.upstream;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.Failure;
import dev.limpet.transport.LoopMemory;
import dev.limpet.transport.TunnelEnd;
import dev.limpet.transport.Unread;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
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

/** One connection to a server, for one request at a time. All on its loop, its streams included. */
public final class UpstreamConnection extends ChannelInboundHandlerAdapter
    implements LoopConnections.Expiring {

  /** Bytes of a body that are waited for at most before it is streamed. */
  private static final int MAX_BUFFERED = 64 * 1024;

  /**
   * A response whose body is known to be at most this long is held back for a moment: if the server
   * dies in the middle of it, the request can still be repeated.
   */
  private static final int MAX_HELD = 16 * 1024;

  private static final long NO_DEADLINE = Long.MAX_VALUE;

  private final SocketChannel channel;
  private final UpstreamPool pool;
  private final ResponseDecoder decoder = new ResponseDecoder(this);
  private final long firstByteNanos;
  private final long idleNanos;
  private final long keepAliveNanos;
  private final long holdNanos;

  private @Nullable ResponseHandler listener;

  /** Has had its response, but bodies are still under way. */
  private @Nullable ResponseHandler answered;

  private @Nullable HttpResponse head;
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
  private RequestBodyStage.@Nullable Writer requestBody;
  private ByteString buffered = ByteString.emptyByteString();
  private @Nullable Runnable bodyReader;
  private @Nullable Future<?> hold;
  private boolean streaming;
  private boolean requestDone;
  private boolean responseDone;
  private boolean upgraded;
  private boolean reused;
  private @Nullable Failure failure;
  private long deadline = NO_DEADLINE;

  /**
   * For what has come from the server, or is to go there, and waits; null where there is nothing.
   */
  private LoopMemory.@Nullable Charge charge;

  UpstreamConnection(
      SocketChannel channel, UpstreamPool pool, Settings.Timeouts timeouts, Duration hold) {
    this.channel = channel;
    this.pool = pool;
    this.firstByteNanos = timeouts.firstByte().toNanos();
    this.idleNanos = timeouts.idle().toNanos();
    this.keepAliveNanos = timeouts.keepAlive().toNanos();
    this.holdNanos = hold.toNanos();
  }

  /** Whether this connection has been kept for another request: the server may be closing it. */
  public boolean isReused() {
    return reused;
  }

  ResponseDecoder decoder() {
    return decoder;
  }

  /** Whether a kept connection is as a new one would be, but for its age. */
  boolean isFresh() {
    return channel.isActive() && !Unread.isAny(channel);
  }

  /** Whether what the server sends now belongs to an exchange. */
  boolean awaitsBytes() {
    return !responseDone && (listener != null || streaming || upgraded);
  }

  /**
   * The server has sent what nobody has asked for: the next request must not get it for an answer.
   */
  void onSurplus() {
    close(Failure.BAD_RESPONSE);
  }

  /** Sends a whole request. */
  public void send(HttpRequest request, ResponseHandler answer) {
    begin(request, answer);
    requestDone = true;
    channel.writeAndFlush(request, channel.voidPromise());
  }

  /**
   * Sends a request head; the body follows through the answer.
   *
   * @return a sink for the body, to be run once, on this loop
   */
  public RequestBodyStage sendHead(HttpRequest request, RequestBody body, ResponseHandler answer) {
    begin(request, answer);
    requestDone = false;
    channel.writeAndFlush(request, channel.voidPromise());
    return new RequestBodyStage(this, body);
  }

  /** The fields behind a chunked body of the response under way; known when it is complete. */
  public HttpHeaders trailers() {
    return trailers;
  }

  /** Gives up on the request under way; its listener hears nothing more. */
  public void cancel() {
    listener = null;
    close(Failure.CLIENT_GONE);
  }

  /** Nobody needs it any more, before anything was asked of it: it is the next request's. */
  public void release() {
    reused = true;
    deadline = System.nanoTime() + keepAliveNanos;
    pool.release(this);
  }

  void attachRequestBody(RequestBodyStage.Writer writer) {
    if (channel.isActive()) {
      requestBody = writer;
    } else {
      writer.onClosed();
    }
  }

  boolean writeBody(HttpContent content) {
    deadline = System.nanoTime() + idleNanos;
    channel.writeAndFlush(content, channel.voidPromise());
    count();
    return channel.isWritable();
  }

  void finishBody(LastHttpContent last, RequestBody body) {
    body.trailers().accept(last.trailingHeaders());
    channel.writeAndFlush(last, channel.voidPromise());
    requestBody = null;
    requestDone = true;
    if (head == null) {
      deadline = System.nanoTime() + firstByteNanos;
    }
    finishExchange();
  }

  /** The stage that relays the response body; it is told whenever something has changed. */
  void attachBodyReader(Runnable reader) {
    bodyReader = reader;
  }

  /** What of the body is here; the server is asked for more. */
  ByteString takeBody() {
    ByteString bytes = buffered;
    buffered = ByteString.emptyByteString();
    count();
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
      tellWaiting(0);
    }
    return bytes;
  }

  boolean isDrained() {
    return buffered.isEmpty();
  }

  boolean isBodyComplete() {
    return responseDone;
  }

  @Nullable Failure bodyFailure() {
    return failure;
  }

  void cancelBody() {
    buffered = ByteString.emptyByteString();
    count();
    if (!responseDone) {
      close(Failure.CLIENT_GONE);
    }
  }

  /** Whether the server could take more of the request's body, if the client sent it. */
  public boolean awaitsBody() {
    return requestBody != null && channel.isWritable();
  }

  /** Ends the exchange; a response that is under way is cut, and what has come of it is lost. */
  public void abandon(Failure cause) {
    buffered = ByteString.emptyByteString();
    responseDone = false;
    fail(cause);
  }

  /**
   * Ends the connection if it has been idle, or its server silent, for too long. As long as the
   * client has to send on, that is not the server's fault.
   */
  @Override
  public void expire(long now) {
    if (now - deadline < 0 || deadline == NO_DEADLINE) {
      return;
    }
    if (awaitsBody()) {
      deadline = now + idleNanos;
      return;
    }
    fail(Failure.RESPONSE_TIMEOUT);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (failure != null) {
        // The codec takes our own close for the end of a body without a length.
        return;
      }
      if (!awaitsBytes()) {
        onSurplus();
        return;
      }
      if (message instanceof HttpResponse response) {
        onHead(response);
      }
      if (message instanceof HttpContent content) {
        onContent(content);
      } else if (message instanceof ByteBuf bytes) {
        buffered = buffered.concat(copy(bytes));
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    count();
    ResponseHandler answer = listener;
    if (upgraded && answer != null) {
      tunnel(answer);
    } else if (head != null && answer != null) {
      deadline = System.nanoTime() + idleNanos;
      if (buffered.size() <= MAX_BUFFERED && answer.needsBody(head)) {
        return;
      }
      if (isShort(head) && answer.isRepeatable()) {
        hold();
      } else {
        startStreaming(answer, head);
      }
    } else if (streaming) {
      deadline = System.nanoTime() + idleNanos;
      holdBack();
      if (bodyReader != null) {
        bodyReader.run();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    count();
    if (requestBody != null && channel.isWritable()) {
      requestBody.onWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(Failure.RESET);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    pool.faults().caughtIfOurs("a server's connection", cause);
    // A server that takes no more of the request may have said why, and that can still be read.
    if (!(cause instanceof IOException) || !channel.isOutputShutdown() || !channel.isActive()) {
      fail(Failure.RESET);
    }
  }

  private void begin(HttpRequest request, ResponseHandler answer) {
    decoder.expect(request);
    listener = answer;
    charge = answer.charge();
    head = null;
    streaming = false;
    responseDone = false;
    trailers = EmptyHttpHeaders.INSTANCE;
    deadline = System.nanoTime() + firstByteNanos;
  }

  private void onHead(HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      boolean brokeOff =
          response.decoderResult().cause() instanceof PrematureChannelClosureException;
      fail(brokeOff ? Failure.RESET : Failure.BAD_RESPONSE);
      return;
    }
    int status = response.status().code();
    boolean switching = status == 101 && decoder.isUpgradable();
    if (listener != null && (switching || status >= 200)) {
      listener.onHead();
    }
    if (switching) {
      upgraded = true;
      head = response;
      channel.config().setAutoRead(false);
    } else if (status >= 200 && status <= 999) {
      head = response;
    } else if (status < 100 || status == 101 || status > 999) {
      fail(Failure.BAD_RESPONSE);
    } else if (listener != null) {
      listener.onInterim(response);
    }
  }

  private void onContent(HttpContent content) {
    if (head == null || upgraded) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      fail(Failure.BAD_RESPONSE);
      return;
    }
    if (content.content().isReadable()) {
      buffered = buffered.concat(copy(content.content()));
    }
    if (content instanceof LastHttpContent last) {
      trailers = last.trailingHeaders();
      onResponseEnd(head);
    }
  }

  private void onResponseEnd(HttpResponse response) {
    responseDone = true;
    endHold();
    ResponseHandler answer = listener;
    if (streaming) {
      finishExchange();
    } else if (answer != null) {
      ByteString body = buffered;
      buffered = ByteString.emptyByteString();
      listener = null;
      answered = requestDone ? null : answer;
      boolean ended = requestDone;
      finishExchange();
      answer.onResponse(response, body);
      if (ended) {
        answer.onEnd();
      } else {
        // The server has answered early, and nobody needs the rest of the request.
        close(Failure.RESET);
      }
    }
  }

  private boolean isShort(HttpResponse response) {
    return holdNanos > 0 && HttpUtil.getContentLength(response, Long.MAX_VALUE) <= MAX_HELD;
  }

  /** The rest of a short response has its moment, counted from its head. */
  private void hold() {
    if (hold == null) {
      hold =
          pool.loop()
              .schedule(
                  () -> {
                    ResponseHandler answer = listener;
                    if (answer != null && head != null) {
                      startStreaming(answer, head);
                    }
                  },
                  Duration.ofNanos(holdNanos),
                  pool.faults().in("a server's connection", () -> fail(Failure.INTERNAL)));
    }
  }

  private void endHold() {
    if (hold != null) {
      hold.cancel(false);
      hold = null;
    }
  }

  private void startStreaming(ResponseHandler answer, HttpResponse response) {
    endHold();
    listener = null;
    answered = answer;
    streaming = true;
    holdBack();
    Source<ByteString, NotUsed> body = Source.fromGraph(new ResponseBodyStage(this, answer));
    answer.onStreamedResponse(response, body);
  }

  private void tunnel(ResponseHandler answer) {
    HttpResponse response = head;
    if (response == null) {
      return;
    }
    listener = null;
    deadline = NO_DEADLINE;
    pool.forget(this);
    if (charge != null) {
      charge.set(0);
    }
    // Bytes that came behind the 101 are handed to this handler before it goes, too.
    channel.pipeline().remove(HttpRequestEncoder.class);
    channel.pipeline().remove(decoder);
    TunnelEnd server = TunnelEnd.take(channel, buffered);
    channel.pipeline().remove(this);
    answer.onUpgrade(response, server);
  }

  private void holdBack() {
    if (answered != null && buffered.size() > answered.bodyRoom()) {
      channel.config().setAutoRead(false);
      tellWaiting(buffered.size());
    }
  }

  private void tellWaiting(int bytes) {
    if (answered != null) {
      answered.bodyWaits(bytes);
    }
  }

  /** Hands the connection back once both directions of an exchange are done. */
  private void finishExchange() {
    if (!requestDone || !responseDone || head == null) {
      return;
    }
    boolean keepAlive = HttpUtil.isKeepAlive(head) && isAtMessageEnd();
    head = streaming ? head : null;
    if (!keepAlive) {
      deadline = NO_DEADLINE;
      channel.close();
      return;
    }
    reused = true;
    deadline = System.nanoTime() + keepAliveNanos;
    if (!streaming) {
      pool.release(this);
      end();
    }
  }

  /** Nothing is left of the request on its way to the server, nor of what the server has sent. */
  private boolean isAtMessageEnd() {
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    return channel.isActive()
        && !channel.isOutputShutdown()
        && decoder.isDrained()
        && unsent != null
        && unsent.isEmpty();
  }

  private void end() {
    ResponseHandler ended = answered;
    answered = null;
    count();
    if (ended != null) {
      ended.onEnd();
    }
  }

  /** Called by the response body's stage when it has passed on the last byte. */
  void bodyDelivered() {
    bodyReader = null;
    streaming = false;
    head = null;
    if (requestDone && channel.isActive()) {
      pool.release(this);
      end();
    } else {
      close(Failure.RESET);
    }
  }

  /** Ends the exchange under way, if there is one, and its listener hears why. */
  public void fail(Failure cause) {
    ResponseHandler answer = listener;
    listener = null;
    close(cause);
    if (answer != null) {
      answer.onFailure(cause);
    }
  }

  private void close(Failure cause) {
    deadline = NO_DEADLINE;
    if (failure == null && !responseDone) {
      failure = cause;
    }
    pool.forget(this);
    channel.close();
    if (!streaming) {
      buffered = ByteString.emptyByteString();
    }
    count();
    endHold();
    if (requestBody != null) {
      requestBody.onClosed();
      requestBody = null;
    }
    if (bodyReader != null) {
      bodyReader.run();
    }
    end();
  }

  private void count() {
    if (charge == null) {
      return;
    }
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    charge.set(buffered.size() + (unsent == null ? 0 : unsent.totalPendingWriteBytes()));
    if (charge.bytes() == 0 && listener == null && answered == null) {
      charge = null;
    }
  }

  private static ByteString copy(ByteBuf bytes) {
    return ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes));
  }
}
