package dev.limpet.proxy.upstream;

import akka.util.ByteString;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.Consumer;

/**
 * A request body that is under way.
 *
 * @param length in bytes, or {@link #CHUNKED}, or {@link #UNKNOWN}
 * @param limit a body that turns out to have more bytes fails with {@link
 *     dev.limpet.proxy.failure.Failure#BODY_TOO_LARGE}
 * @param trailers adds the fields behind the body; called when the body has come to its end
 */
public record RequestBody(long length, long limit, Consumer<HttpHeaders> trailers) {

  /** Ends with {@link #END}. */
  public static final long CHUNKED = -1;

  /** Ends when its stream does. */
  public static final long UNKNOWN = -2;

  /**
   * No bytes: stands behind the last ones of a chunked body, to tell its end from that of the
   * stream.
   */
  public static final ByteString END = ByteString.emptyByteString();
}
