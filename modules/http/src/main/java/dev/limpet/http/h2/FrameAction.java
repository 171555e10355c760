package dev.limpet.http.h2;

import dev.limpet.http.h2.frame.Http2Error;

/** The action to take on a frame that a client has sent. */
record FrameAction(Kind kind, Http2Error error) {

  enum Kind {
    PASS,
    DROP,
    END_STREAM,
    END_CONNECTION
  }

  static final FrameAction PASS = new FrameAction(Kind.PASS, Http2Error.NO_ERROR);
  static final FrameAction DROP = new FrameAction(Kind.DROP, Http2Error.NO_ERROR);

  static FrameAction endStream(Http2Error error) {
    return new FrameAction(Kind.END_STREAM, error);
  }

  static FrameAction endConnection(Http2Error error) {
    return new FrameAction(Kind.END_CONNECTION, error);
  }

  boolean isPass() {
    return kind == Kind.PASS;
  }
}
