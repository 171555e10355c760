package dev.limpet.transport;

import akka.util.ByteString;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.report.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a channel has received and the stream has not taken yet. It is in the pipeline
 * from the first moment, before there is a stream: epoll reports a peer that sends all it has and
 * half-closes at once even while reading is switched off. Only the channel's loop touches it.
 */
final class Inbound extends ChannelInboundHandlerAdapter {

  /** RFC 9113, 3.4; no HTTP/1 request begins with it. */
  private static final String HTTP_2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** The type of the record that TLS begins with (RFC 8446, 5.1); no request begins with it. */
  private static final byte TLS_HANDSHAKE = 22;

  /** Hears of changes. */
  interface Reader {
    void onReadComplete();

    void onInputEnd();

    void onWritable();

    void onInactive();
  }

  private final LoopMemory.Charge charge;

  /** Hears that the connection is not idle. */
  private final Runnable onBytes;

  private final Faults faults;
  private @Nullable Reader reader;
  private ByteString received = ByteString.emptyByteString();
  private long reads;
  private long bytes;
  private boolean inputEnded;
  private boolean closed;

  Inbound(LoopMemory.Charge charge, Runnable onBytes, Faults faults) {
    this.charge = charge;
    this.onBytes = onBytes;
    this.faults = faults;
  }

  void attach(Reader newReader) {
    reader = newReader;
  }

  /** Nobody hears of changes any more. */
  void detach() {
    reader = null;
  }

  /** How often something has been received. */
  long reads() {
    return reads;
  }

  /** How much has been received. */
  long bytes() {
    return bytes;
  }

  boolean hasBytes() {
    return !received.isEmpty();
  }

  /**
   * The protocol that the first bytes show; null while they may still become the one or the other.
   */
  @Nullable Protocol protocol() {
    int known = Math.min(received.size(), HTTP_2_PREFACE.length());
    for (int i = 0; i < known; i++) {
      if (received.apply(i) != HTTP_2_PREFACE.charAt(i)) {
        return Protocol.HTTP_1;
      }
    }
    return known < HTTP_2_PREFACE.length() && mayReceive() ? null : Protocol.HTTP_2;
  }

  /** Whether the first bytes, which are there, are a TLS client's. */
  boolean beginsTls() {
    return received.apply(0) == TLS_HANDSHAKE;
  }

  ByteString take() {
    ByteString bytes = received;
    discard();
    return bytes;
  }

  void discard() {
    received = ByteString.emptyByteString();
    charge.set(0);
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
    reads++;
    try {
      if (message instanceof ByteBuf bytes) {
        ByteString batch = ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes));
        this.bytes += batch.size();
        received = received.isEmpty() ? batch : received.concat(batch);
        charge.set(received.size());
        onBytes.run();
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
    if (event instanceof ChannelInputShutdownEvent || isCloseAlert(event)) {
      inputEnded = true;
      if (reader != null) {
        reader.onInputEnd();
      }
    }
  }

  /** The end of what a peer has to say by TLS; it need not close the connection below. */
  private static boolean isCloseAlert(Object event) {
    return event instanceof SslCloseCompletionEvent closed && closed.isSuccess();
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
    charge.set(0);
    if (reader != null) {
      reader.onInactive();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
    faults.caughtIfOurs("a connection", cause);
  }
}
