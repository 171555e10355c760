package dev.limpet.proxy.upstream;

import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.channel.Unread;
import dev.limpet.transport.limits.LoopMemory;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server, for one request at a time: writes the request, ends what is late, and
 * goes back to its pool when both directions are done. A {@link ResponseReader} reads the response.
 * All on its loop, its streams included.
 */
public final class UpstreamConnection implements LoopConnections.Expiring {

  private static final long NO_DEADLINE = Long.MAX_VALUE;

  private final SocketChannel channel;
  private final UpstreamPool pool;
  private final ResponseReader response;
  private final long firstByteNanos;
  private final long idleNanos;
  private final long keepAliveNanos;

  private RequestBodyStage.@Nullable Writer requestBody;
  private boolean requestSent;
  private boolean reused;
  private long deadline = NO_DEADLINE;

  /**
   * For what has come from the server, or is to go there, and waits; null where there is nothing.
   */
  private LoopMemory.@Nullable Charge charge;

  UpstreamConnection(
      SocketChannel channel, UpstreamPool pool, Settings.Timeouts timeouts, Duration hold) {
    this.channel = channel;
    this.pool = pool;
    this.response = new ResponseReader(this, channel, pool.loop(), hold);
    this.firstByteNanos = timeouts.firstByte().toNanos();
    this.idleNanos = timeouts.idle().toNanos();
    this.keepAliveNanos = timeouts.keepAlive().toNanos();
  }

  ResponseReader response() {
    return response;
  }

  /** Whether this connection has been kept for another request: the server may be closing it. */
  public boolean isReused() {
    return reused;
  }

  /** Whether a kept connection is as a new one would be, but for its age. */
  boolean isFresh() {
    return channel.isActive() && !Unread.isAny(channel);
  }

  /** Sends a whole request. */
  public void send(HttpRequest request, ResponseHandler handler) {
    begin(request, handler);
    requestSent = true;
    channel.writeAndFlush(request, channel.voidPromise());
  }

  /**
   * Sends a request head; the body follows through the sink that is returned.
   *
   * @return a sink for the body, to be run once, on this loop
   */
  public RequestBodyStage sendHead(HttpRequest request, RequestBody body, ResponseHandler handler) {
    begin(request, handler);
    requestSent = false;
    channel.writeAndFlush(request, channel.voidPromise());
    return new RequestBodyStage(this, body);
  }

  private void begin(HttpRequest request, ResponseHandler handler) {
    response.expect(request, handler);
    charge = handler.charge();
    deadline = System.nanoTime() + firstByteNanos;
  }

  void attachRequestBody(RequestBodyStage.Writer writer) {
    if (channel.isActive()) {
      requestBody = writer;
    } else {
      writer.onClosed();
    }
  }

  /**
   * @return whether the server takes more for now
   */
  boolean writeBody(HttpContent content) {
    awaitMore();
    channel.writeAndFlush(content, channel.voidPromise());
    count();
    return channel.isWritable();
  }

  void finishBody(LastHttpContent last, RequestBody body) {
    body.trailers().accept(last.trailingHeaders());
    channel.writeAndFlush(last, channel.voidPromise());
    requestBody = null;
    requestSent = true;
    if (!response.hasHead()) {
      deadline = System.nanoTime() + firstByteNanos;
    }
    finishExchange();
  }

  /** Whether the server could take more of the request's body, if the client sent it. */
  public boolean awaitsBody() {
    return requestBody != null && channel.isWritable();
  }

  void onWritabilityChanged() {
    count();
    if (requestBody != null && channel.isWritable()) {
      requestBody.onWritable();
    }
  }

  /** Whether all of the request has been written. */
  boolean isRequestSent() {
    return requestSent;
  }

  /** The fields behind a chunked body of the response under way; known when it is complete. */
  public HttpHeaders trailers() {
    return response.body().trailers();
  }

  /** Something has gone or come, and the rest has its time. */
  void awaitMore() {
    deadline = System.nanoTime() + idleNanos;
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

  /** Hands the connection back once both directions of an exchange are done. */
  void finishExchange() {
    HttpResponse head = response.complete();
    if (!requestSent || head == null) {
      return;
    }
    if (!HttpUtil.isKeepAlive(head) || !isAtMessageEnd()) {
      deadline = NO_DEADLINE;
      channel.close();
      return;
    }
    keep();
    if (!response.isStreaming()) {
      pool.release(this);
      response.end();
    }
  }

  /** All of a streamed response's body has been passed on. */
  void onBodyDelivered() {
    if (requestSent && channel.isActive()) {
      pool.release(this);
      response.end();
    } else {
      close(Failure.RESET);
    }
  }

  /** Nobody needs it any more, before anything was asked of it: it is the next request's. */
  public void release() {
    keep();
    pool.release(this);
  }

  private void keep() {
    reused = true;
    deadline = System.nanoTime() + keepAliveNanos;
  }

  /** Nothing is left of the request on its way to the server, nor of what the server has sent. */
  private boolean isAtMessageEnd() {
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    return channel.isActive()
        && !channel.isOutputShutdown()
        && response.decoder().isDrained()
        && unsent != null
        && unsent.isEmpty();
  }

  /**
   * The server has sent what nobody has asked for: the next request must not get it for an answer.
   */
  void onSurplus() {
    close(Failure.BAD_RESPONSE);
  }

  /** Gives up on the request under way; its handler hears nothing more. */
  public void cancel() {
    response.dismiss();
    close(Failure.CLIENT_GONE);
  }

  /** Ends the exchange; a response that is under way is cut, and what has come of it is lost. */
  public void abandon(Failure cause) {
    response.body().abandon();
    fail(cause);
  }

  /** Ends the exchange under way, if there is one, and its handler hears why. */
  public void fail(Failure cause) {
    ResponseHandler handler = response.dismiss();
    close(cause);
    if (handler != null) {
      handler.onFailure(cause);
    }
  }

  /** Ends the connection; a handler that waits for a response hears nothing of it. */
  void close(Failure cause) {
    deadline = NO_DEADLINE;
    response.breakOff(cause);
    pool.forget(this);
    channel.close();
    count();
    if (requestBody != null) {
      requestBody.onClosed();
      requestBody = null;
    }
    response.body().changed();
    response.end();
  }

  /** The channel is somebody else's from here on. */
  void leavePool() {
    deadline = NO_DEADLINE;
    pool.forget(this);
    if (charge != null) {
      charge.set(0);
    }
  }

  /** Charges what waits, in either direction. */
  void count() {
    if (charge == null) {
      return;
    }
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    charge.set(response.body().size() + (unsent == null ? 0 : unsent.totalPendingWriteBytes()));
    if (charge.bytes() == 0 && response.isUnused()) {
      charge = null;
    }
  }
}
