package dev.limpet.proxy.upstream;

import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The body of the response that a connection reads at present: the bytes that have come and were
 * not passed on yet, and whether more follow. One object serves all responses of a connection.
 */
final class ResponseBody {

  private ByteString buffered = ByteString.emptyByteString();
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
  private boolean complete;
  private @Nullable Failure failure;
  private @Nullable Runnable reader;

  /** A new response is waited for. */
  void begin() {
    complete = false;
    trailers = EmptyHttpHeaders.INSTANCE;
  }

  void add(ByteBuf bytes) {
    buffered = buffered.concat(ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes)));
  }

  /** The last bytes have been added. */
  void end(HttpHeaders trailers) {
    this.trailers = trailers;
    complete = true;
  }

  /** The rest of the body will not come; the first cause counts. */
  void breakOff(Failure cause) {
    if (failure == null && !complete) {
      failure = cause;
    }
  }

  /**
   * @param stage passes the body on; is run whenever something has changed
   */
  void attach(Runnable stage) {
    reader = stage;
  }

  void detach() {
    reader = null;
  }

  void changed() {
    if (reader != null) {
      reader.run();
    }
  }

  /** Everything that is here. */
  ByteString take() {
    ByteString bytes = buffered;
    buffered = ByteString.emptyByteString();
    return bytes;
  }

  void drop() {
    buffered = ByteString.emptyByteString();
  }

  /** Drops what is here, and a body that has come whole counts as broken off, too. */
  void abandon() {
    drop();
    complete = false;
  }

  /** Of the bytes that are here. */
  int size() {
    return buffered.size();
  }

  boolean isEmpty() {
    return buffered.isEmpty();
  }

  /** Whether nothing of the body is still to come. */
  boolean isComplete() {
    return complete;
  }

  @Nullable Failure failure() {
    return failure;
  }

  /** The fields behind a chunked body; none before it is complete. */
  HttpHeaders trailers() {
    return trailers;
  }
}
