package dev.limpet.http.h1;

import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.util.ByteString;
import dev.limpet.http.message.Refused;
import dev.limpet.http.message.RequestHead;
import dev.limpet.http.message.RequestHead.Behind;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.limits.LoopMemory;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The reader of one connection's requests, before Akka HTTP's parser. It reads the bytes strictly,
 * keeps each head as the client sent it, and gives Akka HTTP an {@link AkkaHead} instead: so Akka
 * HTTP cannot change, drop or read leniently what a server behind us would read in another way.
 * Bodies pass through.
 */
final class RequestReader {

  private static final byte[] NOTHING_HELD = {};

  /** Bytes that a connection's own cost covers. */
  private static final int SMALL = 4 * 1024;

  /** Akka HTTP's parser calls itself for each further request that it is given at once. */
  private static final int MAX_AT_ONCE = 16;

  private enum Reading {
    HEAD,
    BODY,
    CHUNKS,
    /**
     * The client wants to change the protocol: until the answer is here, its bytes may be either's.
     */
    UPGRADE,
    /** The client has sent its last request. */
    END,
    /** The bytes that come cannot be read. */
    NOTHING
  }

  private final Settings.Limits limits;
  private final HeadParser parser;
  private final LoopMemory.Charge charge;
  private final ArrayDeque<RequestHead> heads = new ArrayDeque<>(2);
  private Reading reading = Reading.HEAD;
  private byte[] held = NOTHING_HELD;
  private ByteString output = ByteString.emptyByteString();
  private boolean more;
  private long remaining;
  private Behind behind = Behind.REQUEST;
  private Runnable resumed = () -> {};
  private Runnable broken = () -> {};
  private boolean bodyBroken;
  private @Nullable RequestHead chunkedHead;
  private @Nullable ChunkReader chunks;

  /**
   * @param charge for what it holds of its client's
   */
  RequestReader(Settings.Limits limits, LoopMemory.Charge charge) {
    this.limits = limits;
    this.charge = charge;
    this.parser = new HeadParser(limits);
  }

  /** Whether the client has sent all of a request that it said was its last. */
  boolean isAtEnd() {
    return reading == Reading.END;
  }

  /** Whether a head has begun that is not complete. */
  boolean isWithinHead() {
    return reading == Reading.HEAD && held.length > 0;
  }

  /** Whether the client has begun something that is not complete, or cannot be read. */
  boolean isWithinMessage() {
    return held.length > 0
        || reading == Reading.BODY
        || reading == Reading.CHUNKS
        || reading == Reading.NOTHING;
  }

  /** The head of the next request that Akka HTTP hands over. */
  RequestHead next() {
    return heads.removeFirst();
  }

  /** Whether nothing is to be read from the client until its wish for an upgrade is answered. */
  boolean isPaused() {
    return reading == Reading.UPGRADE;
  }

  /**
   * @param action runs when the body of the request that was read last is not well-formed
   */
  void onBroken(Runnable action) {
    broken = action;
  }

  /** Whether that is so, and all requests before have been handed over. */
  boolean isNextBroken() {
    return bodyBroken && heads.isEmpty();
  }

  /**
   * @param action runs whenever {@link #resume} has been called
   */
  void onResumed(Runnable action) {
    resumed = action;
  }

  /** The answer was no: requests may follow. */
  void resume() {
    reading = Reading.HEAD;
    resumed.run();
  }

  /**
   * Takes the bytes that the client has sent behind its wish for an upgrade. The wish comes true:
   * no requests follow.
   */
  ByteString takeEarly() {
    reading = Reading.NOTHING;
    ByteString early = ByteString.fromArrayUnsafe(held);
    held = NOTHING_HELD;
    return early;
  }

  /** The bytes that Akka HTTP is to be given for {@code input}, which may be none yet. */
  ByteString feed(ByteString input) {
    if (reading == Reading.BODY && input.size() <= remaining) {
      passedOn(input.size());
      return input;
    }
    byte[] bytes =
        held.length == 0
            ? input.toArrayUnsafe()
            : ByteString.fromArrayUnsafe(held).concat(input).toArrayUnsafe();
    held = NOTHING_HELD;
    read(bytes);
    count();
    ByteString read = output;
    output = ByteString.emptyByteString();
    return read;
  }

  /** Nothing has come for a while: what helps to read the next request faster is dropped. */
  void rest() {
    parser.forget();
    count();
  }

  /** The connection has ended. */
  void end() {
    held = NOTHING_HELD;
    parser.forget();
    charge.set(0);
  }

  /**
   * A head that is remembered takes three times its size: its bytes, and the texts of its lines.
   */
  private void count() {
    int size = held.length + 3 * parser.remembered();
    charge.set(size > SMALL ? size : 0);
  }

  /** The bytes that Akka HTTP is to be given when the client will send no more. */
  ByteString finish() {
    if (reading == Reading.HEAD && held.length > 0) {
      refuse(StatusCodes.BAD_REQUEST);
    }
    return output;
  }

  /** Whether {@link #feed} gives more without more input. */
  boolean hasMore() {
    return more;
  }

  private void read(byte[] bytes) {
    int at = 0;
    int first = heads.size();
    more = false;
    while (at < bytes.length) {
      if (heads.size() - first == MAX_AT_ONCE) {
        more = true;
        held = Arrays.copyOfRange(bytes, at, bytes.length);
        return;
      }
      int next =
          switch (reading) {
            case HEAD -> readHead(bytes, at);
            case BODY -> readBody(bytes, at);
            case CHUNKS -> readChunks(bytes, at);
            case UPGRADE -> at;
            case END, NOTHING -> bytes.length;
          };
      if (next == at) {
        held = at == 0 ? bytes : Arrays.copyOfRange(bytes, at, bytes.length);
        return;
      }
      at = next;
    }
  }

  private int readHead(byte[] bytes, int at) {
    if (bytes[at] == '\r' && parser.isAtStart()) {
      // Some clients end a body with a line end of their own (RFC 9112, 2.2).
      return at + 1 < bytes.length && bytes[at + 1] == '\n' ? at + 2 : incomplete(bytes, at);
    }
    RequestHead head;
    int end;
    try {
      if (!parser.parse(bytes, at, bytes.length)) {
        return at;
      }
      end = at + parser.size();
      head = parser.take(bytes, at);
    } catch (Refused refused) {
      refuse(refused.status());
      return bytes.length;
    }
    heads.addLast(head);
    append(AkkaHead.of(head));
    behind = head.behind();
    if (head.length() == RequestHead.CHUNKED) {
      reading = Reading.CHUNKS;
      chunkedHead = head;
      chunks = new ChunkReader(limits);
    } else if (head.length() > 0) {
      reading = Reading.BODY;
      remaining = head.length();
    } else {
      reading = afterRequest();
    }
    return end;
  }

  private int incomplete(byte[] bytes, int at) {
    if (at + 1 == bytes.length) {
      return at;
    }
    refuse(StatusCodes.BAD_REQUEST);
    return bytes.length;
  }

  private int readBody(byte[] bytes, int at) {
    int length = (int) Math.min(remaining, bytes.length - at);
    append(ByteString.fromArrayUnsafe(bytes, at, length));
    passedOn(length);
    return at + length;
  }

  private void passedOn(int length) {
    remaining -= length;
    reading = remaining == 0 ? afterRequest() : Reading.BODY;
  }

  private Reading afterRequest() {
    return switch (behind) {
      case REQUEST -> Reading.HEAD;
      case PERHAPS_ANOTHER_PROTOCOL -> Reading.UPGRADE;
      // RFC 9112, 9.6.
      case NOTHING -> Reading.END;
    };
  }

  private int readChunks(byte[] bytes, int at) {
    ChunkReader reader = chunks;
    RequestHead head = chunkedHead;
    if (reader == null || head == null) {
      throw new IllegalStateException("no chunked body is under way");
    }
    int end;
    try {
      end = reader.read(bytes, at, bytes.length);
    } catch (Refused _) {
      append(reader.takeOutput());
      reading = Reading.NOTHING;
      bodyBroken = true;
      broken.run();
      return bytes.length;
    }
    append(reader.takeOutput());
    if (reader.isComplete()) {
      head.setTrailers(reader.trailers());
      chunks = null;
      chunkedHead = null;
      reading = afterRequest();
    }
    return end;
  }

  private void refuse(StatusCode status) {
    RequestHead head = parser.refused(status);
    heads.addLast(head);
    append(AkkaHead.of(head));
    reading = Reading.NOTHING;
  }

  private void append(ByteString bytes) {
    output = output.isEmpty() ? bytes : output.concat(bytes);
  }
}
