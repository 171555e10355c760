package dev.limpet.http.h2.frame;

import akka.util.ByteString;
import java.nio.ByteBuffer;

/** The types of frames (RFC 9113, 6), and the bytes of those that we send past Akka HTTP. */
public final class Http2Frames {

  /** SETTINGS_MAX_FRAME_SIZE, of which we do not allow more than everyone must. */
  public static final int MAX_SIZE = 16_384;

  static final byte DATA = 0;
  static final byte HEADERS = 1;
  static final byte PRIORITY = 2;
  static final byte RST_STREAM = 3;
  static final byte SETTINGS = 4;
  static final byte PUSH_PROMISE = 5;
  static final byte PING = 6;
  static final byte GO_AWAY = 7;
  static final byte WINDOW_UPDATE = 8;
  static final byte CONTINUATION = 9;

  private Http2Frames() {}

  /** GOAWAY (RFC 9113, 6.8) for no stream in particular. */
  public static ByteString goAway(Http2Error error) {
    return head(GO_AWAY, 0, 2 * Integer.BYTES)
        .concat(
            ByteString.fromArrayUnsafe(
                ByteBuffer.allocate(2 * Integer.BYTES)
                    .putInt(Integer.MAX_VALUE)
                    .putInt(error.code())
                    .array()));
  }

  static ByteString windowUpdate(int stream, int increment) {
    return head(WINDOW_UPDATE, stream, Integer.BYTES)
        .concat(
            ByteString.fromArrayUnsafe(
                ByteBuffer.allocate(Integer.BYTES).putInt(increment).array()));
  }

  private static ByteString head(byte type, int stream, int length) {
    byte[] head =
        ByteBuffer.allocate(FrameScanner.HEAD)
            .putInt(length << 8 | type)
            .put((byte) 0)
            .putInt(stream)
            .array();
    return ByteString.fromArrayUnsafe(head);
  }
}
