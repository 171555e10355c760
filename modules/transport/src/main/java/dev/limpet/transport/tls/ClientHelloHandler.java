package dev.limpet.transport.tls;

import dev.limpet.transport.channel.LingeringClose;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tls.ServedCertificates.Served;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * The handler of the first thing that a client says on a TLS port. The ClientHello says which host
 * the client asks for, by which the certificate is chosen, and which protocols it speaks. Whoever
 * does not speak TLS is told so.
 */
public final class ClientHelloHandler extends AbstractSniHandler<Served> {

  /** The event that tells the pipeline of a client that speaks plain HTTP. */
  public static final Object PLAIN_HTTP = new Object();

  /** In nginx's words, which people look for. */
  private static final String SENTENCE = "400 The plain HTTP request was sent to HTTPS port\n";

  private static final byte[] NOT_HTTPS =
      ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: "
              + SENTENCE.length()
              + "\r\nConnection: close\r\n\r\n"
              + SENTENCE)
          .getBytes(StandardCharsets.US_ASCII);

  /** A fatal alert, no_application_protocol (RFC 7301, 3.2). */
  private static final byte[] NO_APPLICATION_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

  /** The type of the extension with the offer of protocols (RFC 7301, 3.1). */
  private static final int ALPN = 16;

  /** The first bytes of a ClientHello: two of version, 32 of random. */
  private static final int VERSION_AND_RANDOM = 34;

  /** Bytes of the length before a list. */
  private static final int LENGTH_BYTES = 2;

  /** A ClientHello holds keys of the client's, but none that is larger than this. */
  private static final int MAX_HELLO = 64 * 1024;

  private final ServedCertificates certificates;
  private final List<String> protocols;
  private final Loop loop;
  private final BiFunction<Served, @Nullable String, SslHandler> handlers;

  /**
   * @param protocols that are spoken here, by their names in ALPN
   * @param loop the channel's
   * @param handlers makes what the connection goes on with, for a certificate and the name asked
   *     for
   */
  ClientHelloHandler(
      ServedCertificates certificates,
      List<String> protocols,
      long timeoutMillis,
      Loop loop,
      BiFunction<Served, @Nullable String, SslHandler> handlers) {
    super(MAX_HELLO, timeoutMillis);
    this.certificates = certificates;
    this.protocols = protocols;
    this.loop = loop;
    this.handlers = handlers;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (isLetter(in.getUnsignedByte(in.readerIndex()))) {
      in.skipBytes(in.readableBytes());
      context.fireUserEventTriggered(PLAIN_HTTP);
      context.writeAndFlush(Unpooled.wrappedBuffer(NOT_HTTPS));
      LingeringClose.start(context.channel(), loop, true, false);
    } else {
      super.decode(context, in, out);
    }
  }

  @Override
  protected Future<Served> lookup(ChannelHandlerContext context, @Nullable ByteBuf hello)
      throws Exception {
    if (hello != null && !speaksOneOf(hello)) {
      context
          .writeAndFlush(Unpooled.wrappedBuffer(NO_APPLICATION_PROTOCOL))
          .addListener(ChannelFutureListener.CLOSE);
      return context.executor().newFailedFuture(new SSLHandshakeException("no common protocol"));
    }
    return super.lookup(context, hello);
  }

  @Override
  protected Future<Served> lookup(ChannelHandlerContext context, @Nullable String host) {
    return context.executor().newSucceededFuture(certificates.forHost(host));
  }

  @Override
  protected void onLookupComplete(
      ChannelHandlerContext context, @Nullable String host, Future<Served> chosen) {
    if (chosen.isSuccess()) {
      context.pipeline().replace(this, null, handlers.apply(chosen.getNow(), host));
    }
  }

  /** A method begins with one, and no record of TLS does. */
  private static boolean isLetter(int b) {
    return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
  }

  /** Whether the client has not said which protocols it speaks, or one of them is spoken here. */
  private boolean speaksOneOf(ByteBuf hello) {
    ByteBuf offered = extension(hello.duplicate());
    if (offered == null) {
      return true;
    }
    offered.skipBytes(LENGTH_BYTES);
    while (offered.isReadable()) {
      int length = offered.readUnsignedByte();
      String name = offered.readCharSequence(length, StandardCharsets.ISO_8859_1).toString();
      if (protocols.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** The offer of protocols in a ClientHello (RFC 8446, 4.1.2); null if there is none. */
  private static @Nullable ByteBuf extension(ByteBuf hello) {
    hello.skipBytes(VERSION_AND_RANDOM);
    // The session, the cipher suites and the compression methods.
    hello.skipBytes(hello.readUnsignedByte());
    hello.skipBytes(hello.readUnsignedShort());
    hello.skipBytes(hello.readUnsignedByte());
    if (hello.isReadable()) {
      hello.skipBytes(LENGTH_BYTES);
    }
    while (hello.isReadable()) {
      int type = hello.readUnsignedShort();
      ByteBuf body = hello.readSlice(hello.readUnsignedShort());
      if (type == ALPN) {
        return body;
      }
    }
    return null;
  }
}
