package dev.limpet.http.h2.frame;

import akka.http.impl.engine.http2.Http2Compliance;
import akka.http.impl.engine.http2.Http2Protocol;

/** The error code with which a stream or a connection ends (RFC 9113, 7). */
public enum Http2Error {
  NO_ERROR(0),
  PROTOCOL_ERROR(1),
  INTERNAL_ERROR(2),
  FLOW_CONTROL_ERROR(3),
  SETTINGS_TIMEOUT(4),
  STREAM_CLOSED(5),
  FRAME_SIZE_ERROR(6),
  REFUSED_STREAM(7),
  CANCEL(8),
  COMPRESSION_ERROR(9),
  CONNECT_ERROR(10),
  ENHANCE_YOUR_CALM(11),
  INADEQUATE_SECURITY(12),
  HTTP_1_1_REQUIRED(13);

  private static final Http2Error[] BY_CODE = values();

  private final int code;

  Http2Error(int code) {
    this.code = code;
  }

  public static Http2Error of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : INTERNAL_ERROR;
  }

  /** The code for a fault that Akka HTTP's frame parser has found. */
  public static Http2Error of(Throwable found) {
    Throwable cause = found.getCause() == null ? found : found.getCause();
    return switch (cause) {
      case Http2Compliance.Http2ProtocolException e -> of(e.errorCode().id());
      case Http2Compliance.Http2ProtocolStreamException e -> of(e.errorCode().id());
      default -> PROTOCOL_ERROR;
    };
  }

  public int code() {
    return code;
  }

  public Http2Protocol.ErrorCode ofAkka() {
    return Http2Protocol.ErrorCode$.MODULE$.byId(code);
  }
}
