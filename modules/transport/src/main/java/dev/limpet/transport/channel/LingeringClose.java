package dev.limpet.transport.channel;

import dev.limpet.transport.loop.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of a connection whose peer may still send. A peer that goes on sending would lose what it
 * was sent last: the kernel answers bytes for a closed socket with a reset. So what comes is read
 * and thrown away until the peer closes its side, within limits (RFC 9112, 9.6; nginx's
 * lingering_close).
 */
public final class LingeringClose extends ChannelInboundHandlerAdapter {

  private static final Duration TICK = Duration.ofSeconds(1);

  /** So long a peer may take to read the rest of what it was sent. */
  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** As nginx's lingering_time. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** For a peer that sends without end. */
  private static final long BRIEF_NANOS = TimeUnit.SECONDS.toNanos(2);

  /**
   * So long a peer may send nothing that has begun to send something; as nginx's lingering_timeout.
   */
  private static final int QUIET_SECONDS = 5;

  /** The same for another peer, which may have begun just now. */
  private static final int IDLE_SECONDS = 1;

  /** Nobody uploads so much without a look at what the other side says. */
  private static final long MOST_BYTES = 1L << 30;

  private final Channel channel;
  private final Loop loop;
  private final int mostQuiet;
  private final long mostNanos;
  private long since = System.nanoTime();
  private long bytes;
  private long bytesBefore;
  private int quiet;
  private boolean sent;
  private boolean inputEnded;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> clock;

  private LingeringClose(Channel channel, Loop loop, boolean sending, boolean brief) {
    this.channel = channel;
    this.loop = loop;
    this.mostNanos = brief ? BRIEF_NANOS : MOST_NANOS;
    this.mostQuiet = sending ? QUIET_SECONDS : IDLE_SECONDS;
  }

  /**
   * Sends what has been written, closes this side, then the connection. On its loop.
   *
   * @param loop the channel's
   * @param sending whether the peer is known to have begun something that it has not sent all of
   * @param brief whether it is not to be listened to for long
   */
  public static void start(Channel channel, Loop loop, boolean sending, boolean brief) {
    if (!channel.isActive()) {
      return;
    }
    LingeringClose linger = new LingeringClose(channel, loop, sending, brief);
    // Before TLS, which would only decrypt it.
    channel.pipeline().addFirst(linger);
    channel.config().setAutoRead(true);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> linger.outputSent());
    linger.tickLater();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf read) {
      bytes += read.readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (bytes > MOST_BYTES) {
      close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      closeIfDone();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (clock != null) {
      clock.cancel(false);
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    close();
  }

  private void outputSent() {
    sent = true;
    since = System.nanoTime();
    if (channel.isActive() && !inputEnded) {
      HalfClose.finishOutput(channel);
    }
    closeIfDone();
  }

  private void closeIfDone() {
    if (sent && inputEnded) {
      close();
    }
  }

  private void tickLater() {
    clock = loop.schedule(this::tick, TICK, loop.faults().in("a connection", this::close));
  }

  private void tick() {
    quiet = sent && bytes == bytesBefore ? quiet + 1 : 0;
    bytesBefore = bytes;
    long lasted = System.nanoTime() - since;
    if (sent ? quiet > mostQuiet || lasted >= mostNanos : lasted >= FLUSH_NANOS) {
      close();
    } else {
      tickLater();
    }
  }

  private void close() {
    if (context != null) {
      context.close();
    }
  }
}
