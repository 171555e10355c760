package dev.limpet.http.h2.frame;

import akka.util.ByteString;

/** The scanner of one client's HTTP/2 frames (RFC 9113, 4.1): it reads their heads, and counts. */
public final class FrameScanner {

  private static final int PREFACE = 24;

  /** Octets of a frame's head. */
  static final int HEAD = 9;

  /** The place of the stream's number in a head; its first bit is reserved. */
  private static final int STREAM_AT = 5;

  private static final int MAX_PADDING = 255;

  /** Frames that a header block may take beyond those that its size needs. */
  private static final int SPARE_CONTINUATIONS = 16;

  /** Frames that carry nothing: so many in a window of time, and so many more for each request. */
  private static final int FREE_FRAMES = 500;

  private static final int FRAMES_PER_REQUEST = 8;

  /** Frames that open windows: as {@link #FREE_FRAMES}; a download needs one each few kilobytes. */
  private static final int FREE_UPDATES = 20_000;

  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final FrameRules rules = new FrameRules();
  private final int maxHeaderBlock;
  private final int maxContinuations;
  private int skip = PREFACE;
  private int headBytes;
  private int length;
  private byte type;
  private Http2Flags flags = new Http2Flags(0);
  private int stream;
  private boolean padded;
  private int block;
  private int continuations;
  private int heads;
  private int allowance = FREE_FRAMES;
  private int updates = FREE_UPDATES;
  private long windowStart = System.nanoTime();
  private Http2Error error = Http2Error.NO_ERROR;
  private ByteString owed = ByteString.emptyByteString();

  public FrameScanner(int maxHeaderBlock) {
    this.maxHeaderBlock = maxHeaderBlock;
    this.maxContinuations = SPARE_CONTINUATIONS + maxHeaderBlock / Http2Frames.MAX_SIZE;
  }

  /** Why the client is to be cut off, or NO_ERROR. */
  public Http2Error error() {
    return error;
  }

  /** Whether the last frame that has begun has also ended. */
  public boolean isBetweenFrames() {
    return skip == 0 && headBytes == 0;
  }

  /** The header block that has begun and not ended, in the order of the connection's, or 0. */
  public int headUnderWay() {
    boolean ofHead = type == Http2Frames.HEADERS || type == Http2Frames.CONTINUATION;
    return ofHead && (skip > 0 || !flags.endOfHeaders()) ? heads : 0;
  }

  /** Frames for the client that what was accepted last calls for. */
  public ByteString owed() {
    ByteString frames = owed;
    owed = ByteString.emptyByteString();
    return frames;
  }

  /**
   * Looks at what has come next.
   *
   * @return what Akka HTTP is to see of it; nothing once there is an {@link #error}
   */
  public ByteString accept(ByteString bytes) {
    ByteString seen = bytes;
    int size = bytes.size();
    int at = 0;
    while (at < size) {
      if (padded) {
        padding(bytes.apply(at) & 0xff);
      } else if (skip > 0) {
        int skipped = Math.min(skip, size - at);
        skip -= skipped;
        at += skipped;
        continue;
      } else {
        byte octet = bytes.apply(at);
        if (headBytes == STREAM_AT && octet < 0) {
          // The reserved bit is to be ignored, and Akka HTTP takes it for the number's sign.
          seen = withoutReservedBit(seen, at);
        }
        head(octet & 0xff);
        if (headBytes == HEAD) {
          headBytes = 0;
          begin();
        }
      }
      if (error != Http2Error.NO_ERROR) {
        return ByteString.emptyByteString();
      }
      at++;
    }
    return seen;
  }

  private void head(int octet) {
    switch (headBytes++) {
      case 0 -> length = octet;
      case 1, 2 -> length = length << 8 | octet;
      case 3 -> type = (byte) octet;
      case 4 -> flags = new Http2Flags(octet);
      case STREAM_AT -> stream = octet & 0x7f;
      default -> stream = stream << 8 | octet;
    }
  }

  private void begin() {
    skip = length;
    error = rules.check(type, flags, stream, length);
    if (error == Http2Error.NO_ERROR && !isAffordable()) {
      error = Http2Error.ENHANCE_YOUR_CALM;
    }
    padded = flags.paddingPresent() && (type == Http2Frames.DATA || type == Http2Frames.HEADERS);
  }

  /** Padding uses up windows (RFC 9113, 6.1), and Akka HTTP does not give it back. */
  private void padding(int octets) {
    padded = false;
    skip--;
    int room =
        type == Http2Frames.HEADERS && flags.priorityPresent()
            ? skip - FrameRules.PRIORITY_FIELDS
            : skip;
    if (octets > room) {
      error = Http2Error.PROTOCOL_ERROR;
    } else if (type == Http2Frames.DATA) {
      owed =
          owed.concat(Http2Frames.windowUpdate(0, octets + 1))
              .concat(Http2Frames.windowUpdate(stream, octets + 1));
    }
  }

  private boolean isAffordable() {
    return switch (type) {
      case Http2Frames.HEADERS -> {
        heads++;
        allowance = Math.min(allowance + FRAMES_PER_REQUEST, FREE_FRAMES);
        block = length;
        continuations = 0;
        yield block <= maxHeaderBlock;
      }
      case Http2Frames.CONTINUATION -> {
        block += length;
        yield ++continuations <= maxContinuations && block <= maxHeaderBlock;
      }
      case Http2Frames.DATA ->
          // One octet behind 255 of padding is nothing, too.
          (flags.paddingPresent() ? length > 1 + MAX_PADDING : length > 0) || spend();
      case Http2Frames.WINDOW_UPDATE -> {
        refill();
        yield --updates >= 0;
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

  private static ByteString withoutReservedBit(ByteString bytes, int at) {
    byte[] copy = bytes.toArray();
    copy[at] &= 0x7f;
    return ByteString.fromArrayUnsafe(copy);
  }
}
