package dev.limpet.kubernetes;

import java.io.IOException;
import java.time.Duration;

/** An answer of the API server that is none of those that were hoped for. */
final class ApiFailure extends IOException {

  private static final int NONE = 0;
  private static final int BAD_REQUEST = 400;
  private static final int GONE = 410;

  private final int status;
  private final Duration pause;

  /**
   * @param status of HTTP; 0 where there is none
   * @param message in an operator's words
   * @param pause the least that the server wants to be left alone for
   */
  ApiFailure(int status, String message, Duration pause) {
    super(message);
    this.status = status;
    this.pause = pause;
  }

  ApiFailure(String message) {
    this(NONE, message, Duration.ZERO);
  }

  /** Whether what was asked for is too long ago, as it may be. */
  boolean isGone() {
    return status == GONE;
  }

  /** Whether asking for what has happened since the last version is no use. */
  boolean needsList() {
    return status == NONE || status == BAD_REQUEST || status == GONE;
  }

  /** The least that the server wants to be left alone for. */
  Duration pause() {
    return pause;
  }
}
