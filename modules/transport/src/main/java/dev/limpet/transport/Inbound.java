package dev.limpet.transport;

import akka.util.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * What a channel has received and the stream has not taken yet. It is in the pipeline from the first
 * moment, before there is a stream: epoll reports a peer that sends all it has and half-closes at
 * once even while reading is switched off. Only the channel's loop touches it.
 */
final class Inbound extends ChannelInboundHandlerAdapter {

  /** Hears of changes. */
  interface Reader {
    void onReadComplete();

    void onInputEnd();

    void onWritable();

    void onInactive();
  }

  private @Nullable Reader reader;
  private ByteString received = ByteString.emptyByteString();
  private boolean inputEnded;
  private boolean closed;

  void attach(Reader newReader) {
    reader = newReader;
  }

  boolean hasBytes() {
    return !received.isEmpty();
  }

  ByteString take() {
    ByteString bytes = received;
    received = ByteString.emptyByteString();
    return bytes;
  }

  void discard() {
    received = ByteString.emptyByteString();
  }

  /** Whether there is more to come from the peer; if not, the channel must not be read again. */
  boolean mayReceive() {
    return !inputEnded;
  }

  /** Whether everything that the peer will ever send has been taken. */
  boolean isAtEnd() {
    return inputEnded && received.isEmpty();
  }

  /** Whether nothing can be written any more, either. */
  boolean isClosed() {
    return closed;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof ByteBuf bytes) {
        ByteString batch = ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes));
        received = received.isEmpty() ? batch : received.concat(batch);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (reader != null && !received.isEmpty()) {
      reader.onReadComplete();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (reader != null) {
        reader.onInputEnd();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (reader != null && context.channel().isWritable()) {
      reader.onWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inputEnded = true;
    closed = true;
    if (reader != null) {
      reader.onInactive();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
