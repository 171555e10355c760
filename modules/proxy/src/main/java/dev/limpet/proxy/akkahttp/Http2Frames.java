package dev.limpet.proxy.akkahttp;

import akka.util.ByteString;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.nio.ByteBuffer;

/** The frames that we send past Akka HTTP. */
final class Http2Frames {

  private Http2Frames() {}

  /** GOAWAY (RFC 9113, 6.8) for no stream in particular. */
  static ByteString goAway(Http2Error error) {
    return frame(Http2FrameTypes.GO_AWAY, 0, 8)
        .concat(ByteString.fromArrayUnsafe(
            ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt((int) error.code()).array()));
  }

  static ByteString windowUpdate(int stream, int increment) {
    return frame(Http2FrameTypes.WINDOW_UPDATE, stream, 4)
        .concat(ByteString.fromArrayUnsafe(ByteBuffer.allocate(4).putInt(increment).array()));
  }

  private static ByteString frame(byte type, int stream, int length) {
    byte[] head =
        ByteBuffer.allocate(9).putInt(length << 8 | type).put((byte) 0).putInt(stream).array();
    return ByteString.fromArrayUnsafe(head);
  }
}
