package dev.limpet.http.h2.frame;

/**
 * The rules that one connection's frames are held to by their heads (RFC 9113, 4 and 6): their
 * size, whether they belong to a stream, and whether they may stand where they do. Akka HTTP checks
 * little of it.
 */
final class FrameRules {

  /** Octets of a payload, or of its part. */
  private static final int PAD_LENGTH = 1;

  static final int PRIORITY_FIELDS = 5;
  private static final int ERROR_CODE = 4;
  private static final int SETTING = 6;
  private static final int PING_DATA = 8;
  private static final int LAST_STREAM_AND_ERROR = 8;
  private static final int INCREMENT = 4;

  private boolean begun;

  /** The stream of a header block that has not ended, or 0. */
  private int blockOf;

  /** NO_ERROR, or what the connection ends with. */
  Http2Error check(byte type, Http2Flags flags, int stream, int length) {
    if (length > Http2Frames.MAX_SIZE) {
      return Http2Error.FRAME_SIZE_ERROR;
    }
    boolean first = !begun;
    begun = true;
    if (first && (type != Http2Frames.SETTINGS || flags.ack())) {
      return Http2Error.PROTOCOL_ERROR;
    }
    boolean continues = type == Http2Frames.CONTINUATION;
    if (continues != (blockOf != 0) || (continues && stream != blockOf)) {
      return Http2Error.PROTOCOL_ERROR;
    }
    return switch (type) {
      case Http2Frames.DATA -> ofStream(stream, !flags.paddingPresent() || length > 0);
      case Http2Frames.HEADERS -> {
        blockOf = flags.endOfHeaders() ? 0 : stream;
        int least =
            (flags.paddingPresent() ? PAD_LENGTH : 0)
                + (flags.priorityPresent() ? PRIORITY_FIELDS : 0);
        // Only servers open streams with even numbers.
        yield (stream & 1) == 0 ? Http2Error.PROTOCOL_ERROR : ofStream(stream, length >= least);
      }
      case Http2Frames.PRIORITY -> ofStream(stream, length == PRIORITY_FIELDS);
      case Http2Frames.RST_STREAM -> ofStream(stream, length == ERROR_CODE);
      case Http2Frames.SETTINGS ->
          ofConnection(stream, flags.ack() ? length == 0 : length % SETTING == 0);
      case Http2Frames.PUSH_PROMISE -> Http2Error.PROTOCOL_ERROR;
      case Http2Frames.PING -> ofConnection(stream, length == PING_DATA);
      case Http2Frames.GO_AWAY -> ofConnection(stream, length >= LAST_STREAM_AND_ERROR);
      case Http2Frames.WINDOW_UPDATE -> size(length == INCREMENT);
      case Http2Frames.CONTINUATION -> {
        blockOf = flags.endOfHeaders() ? 0 : stream;
        yield Http2Error.NO_ERROR;
      }
      default -> Http2Error.NO_ERROR;
    };
  }

  private static Http2Error ofStream(int stream, boolean sized) {
    return stream == 0 ? Http2Error.PROTOCOL_ERROR : size(sized);
  }

  private static Http2Error ofConnection(int stream, boolean sized) {
    return stream != 0 ? Http2Error.PROTOCOL_ERROR : size(sized);
  }

  private static Http2Error size(boolean right) {
    return right ? Http2Error.NO_ERROR : Http2Error.FRAME_SIZE_ERROR;
  }
}
