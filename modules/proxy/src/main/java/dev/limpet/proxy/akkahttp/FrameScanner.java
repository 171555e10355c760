package dev.limpet.proxy.akkahttp;

import akka.util.ByteString;
import java.util.function.IntConsumer;

/** Follows a client's HTTP/2 frames (RFC 9113, 4.1) by their heads, and counts. One connection's. */
final class FrameScanner {

  /** GOAWAY (RFC 9113, 6.8) for no stream in particular, with ENHANCE_YOUR_CALM. */
  static final ByteString GO_AWAY =
      ByteString.fromArrayUnsafe(
          new byte[] {0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, -1, -1, -1, 0, 0, 0, 0xb});

  private static final int PREFACE = 24;
  private static final int HEAD = 9;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int PUSH_PROMISE = 5;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  /** A block that needs more frames than this is not meant to be read. */
  private static final int MAX_CONTINUATIONS = 16;

  /** Frames that carry nothing: so many in a window of time, and so many more for each request. */
  private static final int FREE_FRAMES = 500;

  private static final int FRAMES_PER_REQUEST = 8;

  /** Frames that open windows: as {@link #FREE_FRAMES}; a download needs one each few kilobytes. */
  private static final int FREE_UPDATES = 20_000;

  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final int maxHeaderBlock;
  private final IntConsumer onReset;
  private int skip = PREFACE;
  private int headBytes;
  private int length;
  private int type;
  private int stream;
  private int block;
  private int continuations;
  private int allowance = FREE_FRAMES;
  private int updates = FREE_UPDATES;
  private long windowStart = System.nanoTime();

  FrameScanner(int maxHeaderBlock, IntConsumer onReset) {
    this.maxHeaderBlock = maxHeaderBlock;
    this.onReset = onReset;
  }

  /**
   * @return false if the client is to be cut off
   */
  boolean accept(ByteString bytes) {
    int size = bytes.size();
    int at = 0;
    while (at < size) {
      if (skip > 0) {
        int skipped = Math.min(skip, size - at);
        skip -= skipped;
        at += skipped;
      } else {
        head(bytes.apply(at) & 0xff);
        at++;
        if (headBytes == HEAD) {
          headBytes = 0;
          skip = length;
          if (!allow()) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private void head(int octet) {
    switch (headBytes++) {
      case 0 -> length = octet;
      case 1, 2 -> length = length << 8 | octet;
      case 3 -> type = octet;
      case 4 -> {}
      case 5 -> stream = octet & 0x7f;
      default -> stream = stream << 8 | octet;
    }
  }

  private boolean allow() {
    return switch (type) {
      case HEADERS, PUSH_PROMISE -> {
        allowance = Math.min(allowance + FRAMES_PER_REQUEST, FREE_FRAMES);
        block = length;
        continuations = 0;
        yield block <= maxHeaderBlock;
      }
      case CONTINUATION -> {
        block += length;
        yield ++continuations <= MAX_CONTINUATIONS && block <= maxHeaderBlock;
      }
      case DATA -> length > 0 || spend();
      case WINDOW_UPDATE -> {
        refill();
        yield --updates >= 0;
      }
      case RST_STREAM -> {
        onReset.accept(stream);
        yield spend();
      }
      default -> spend();
    };
  }

  private boolean spend() {
    refill();
    return --allowance >= 0;
  }

  private void refill() {
    long now = System.nanoTime();
    if (now - windowStart >= WINDOW_NANOS) {
      windowStart = now;
      allowance = FREE_FRAMES;
      updates = FREE_UPDATES;
    }
  }
}
