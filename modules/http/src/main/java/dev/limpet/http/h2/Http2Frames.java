package dev.limpet.http.h2;

import akka.util.ByteString;
import java.nio.ByteBuffer;

/** Frames by type (RFC 9113, 6), and those that we send past Akka HTTP. */
final class Http2Frames {

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
  static ByteString goAway(Http2Error error) {
    return frame(GO_AWAY, 0, 8)
        .concat(
            ByteString.fromArrayUnsafe(
                ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt(error.code()).array()));
  }

  static ByteString windowUpdate(int stream, int increment) {
    return frame(WINDOW_UPDATE, stream, 4)
        .concat(ByteString.fromArrayUnsafe(ByteBuffer.allocate(4).putInt(increment).array()));
  }

  private static ByteString frame(byte type, int stream, int length) {
    byte[] head =
        ByteBuffer.allocate(9).putInt(length << 8 | type).put((byte) 0).putInt(stream).array();
    return ByteString.fromArrayUnsafe(head);
  }
}
