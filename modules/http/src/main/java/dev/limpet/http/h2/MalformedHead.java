package dev.limpet.http.h2;

import dev.limpet.http.h2.frame.Http2Error;

/**
 * A header block that is no request's; ends the stream or the connection. Without a stack trace.
 */
final class MalformedHead extends Exception {

  private final Http2Error error;
  private final boolean endsConnection;

  MalformedHead(String what, Http2Error error, boolean endsConnection) {
    super(what, null, false, false);
    this.error = error;
    this.endsConnection = endsConnection;
  }

  Http2Error error() {
    return error;
  }

  boolean endsConnection() {
    return endsConnection;
  }
}
