package dev.limpet.proxy.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;

/**
 * Reads the responses of one connection to a server: one for each request, framed by what that
 * request was (RFC 9112, 6.3), and nothing in between. Unlike Netty's client codec it can tell
 * whether anything is left behind a response; what is left would be the beginning of the next
 * client's.
 */
final class ResponseDecoder extends HttpResponseDecoder {

  /** The largest response head that is read, in bytes of each header line. */
  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private final ResponseReader reader;
  private boolean headOnly;
  private boolean upgradable;

  ResponseDecoder(ResponseReader reader) {
    super(
        new HttpDecoderConfig()
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(MAX_HEADER_BYTES)
            .setValidateHeaders(false));
    this.reader = reader;
  }

  /** The next response is this request's. */
  void expect(HttpRequest request) {
    headOnly = request.method().equals(HttpMethod.HEAD);
    upgradable = request.headers().contains(HttpHeaderNames.UPGRADE);
  }

  /** Whether the request at hand offers another protocol. */
  boolean isUpgradable() {
    return upgradable;
  }

  /** Whether nothing has come behind the message that was read last. */
  boolean isDrained() {
    return actualReadableBytes() == 0;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (reader.awaitsBytes()) {
      super.channelRead(context, message);
    } else {
      ReferenceCountUtil.release(message);
      reader.connection().onSurplus();
    }
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    int status = ((HttpResponse) message).status().code();
    return headOnly || status < 200 || status == 204 || status == 304;
  }

  @Override
  protected boolean isSwitchingToNonHttp1Protocol(HttpResponse response) {
    return upgradable && response.status().code() == 101;
  }
}
