package dev.limpet.transport.tunnel;

import akka.util.ByteString;
import dev.limpet.transport.channel.HalfClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A channel that is, or is about to be, one side of a {@link Tunnels tunnel}. Until it is joined to
 * the other side it keeps what comes in. Only the channel's loop touches it.
 */
public final class TunnelEnd extends ChannelInboundHandlerAdapter implements TunnelSide {

  private final Channel channel;
  private Queue<ByteBuf> early = new ArrayDeque<>(1);
  private @Nullable TunnelSide peer;
  private @Nullable Watcher watcher;
  private boolean inputEnded;

  private TunnelEnd(Channel channel, boolean inputEnded) {
    this.channel = channel;
    this.inputEnded = inputEnded;
  }

  /**
   * Takes over an established channel, whose pipeline carries nothing but bytes any more.
   *
   * @param first bytes that were read already and come before all others
   */
  public static TunnelEnd takeOver(Channel channel, ByteString first) {
    return takeOver(channel, first, false);
  }

  /**
   * @param inputEnded whether the peer is known to have said all; a channel reports it only once
   */
  public static TunnelEnd takeOver(Channel channel, ByteString first, boolean inputEnded) {
    TunnelEnd end = new TunnelEnd(channel, inputEnded);
    if (!first.isEmpty()) {
      end.early.add(Unpooled.wrappedBuffer(first.asByteBuffer()));
    }
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.pipeline().addLast(end);
    return end;
  }

  /** Writes ahead of everything that the other side will send. */
  public void write(ByteBuf bytes) {
    channel.writeAndFlush(bytes, channel.voidPromise());
  }

  /** Gives up a side that will not be joined. */
  public void close() {
    early.forEach(ByteBuf::release);
    early.clear();
    channel.close();
  }

  @Override
  public void join(TunnelSide other, Watcher newWatcher) {
    peer = other;
    watcher = newWatcher;
    early.forEach(bytes -> relay(other, newWatcher, bytes));
    early = new ArrayDeque<>(0);
    other.flush();
    if (inputEnded) {
      newWatcher.onInputEnd(this);
    }
    if (!channel.isActive()) {
      newWatcher.onClosed(this);
    }
    readOn();
  }

  @Override
  public void send(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public boolean isInputEnded() {
    return inputEnded;
  }

  @Override
  public void finishOutput() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> HalfClose.finishOutput(channel));
  }

  @Override
  public void closeGently() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void readOn() {
    // After the end of the input epoll does not know the channel's read side any more.
    if (!inputEnded && !channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
  }

  private static void relay(TunnelSide to, Watcher watcher, ByteBuf bytes) {
    watcher.onBytes(to, bytes.readableBytes());
    to.send(bytes);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (peer == null || watcher == null) {
      early.add(bytes);
    } else {
      relay(peer, watcher, bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (peer != null) {
      peer.flush();
      if (!peer.isWritable()) {
        channel.config().setAutoRead(false);
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (peer != null && channel.isWritable()) {
      peer.readOn();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      endInput();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    endInput();
    if (watcher != null) {
      watcher.onClosed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
    if (watcher != null) {
      watcher.onThrown(cause);
    }
  }

  private void endInput() {
    if (!inputEnded) {
      inputEnded = true;
      if (watcher != null) {
        watcher.onInputEnd(this);
      }
    }
  }

  @Override
  public void closeNow() {
    channel.close();
  }
}
