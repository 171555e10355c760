package dev.limpet.proxy.failure;

/**
 * Everything that can keep a request from its response: the cause, the status the client gets, and
 * whether the request may be tried again.
 *
 * <p>{@code docs/operations.md} holds the same table for operators.
 */
public enum Failure {
  NO_ROUTE(404, "no route for this host and path", Replay.NEVER),
  METHOD_NOT_ALLOWED(405, "no route takes this method", Replay.NEVER),
  BAD_REQUEST(400, "the request is not valid", Replay.NEVER),
  LOOP(508, "the request has come back to the node that sent it on", Replay.NEVER),
  BODY_TOO_LARGE(413, "the request body is too large", Replay.NEVER),
  BODY_TIMEOUT(408, "the request body did not come in time", Replay.NEVER),
  NO_SERVER(503, "no server is available", Replay.NEVER),
  TOO_MANY_REQUESTS(503, "too many requests are under way", Replay.NEVER),
  TOO_MANY_CONNECTIONS(503, "too many connections are open", Replay.NEVER),
  QUEUE_FULL(503, "too many requests are waiting", Replay.NEVER),
  QUEUE_TIMEOUT(503, "no server had room in time", Replay.NEVER),
  CONNECT_REFUSED(502, "the server cannot be reached", Replay.ALWAYS),
  CONNECT_TIMEOUT(504, "the server cannot be reached in time", Replay.ALWAYS),
  TLS_FAILED(502, "no secure connection to the server", Replay.ALWAYS),
  RESET(502, "the server closed the connection", Replay.IF_IDEMPOTENT),
  BAD_RESPONSE(502, "the server's response is not valid", Replay.NEVER),
  RESPONSE_TIMEOUT(504, "the server did not answer in time", Replay.NEVER),
  REQUEST_TIMEOUT(504, "the request took too long", Replay.NEVER),
  CLIENT_GONE(499, "the client closed the connection", Replay.NEVER),
  INTERNAL(500, "the request could not be handled", Replay.NEVER);

  /** When a request that failed this way may be sent once more. */
  public enum Replay {
    NEVER,
    /** The server may have acted on it: only a method that may be repeated (RFC 9110, 9.2.2). */
    IF_IDEMPOTENT,
    /** No byte of it has left. */
    ALWAYS
  }

  private final int status;
  private final String message;
  private final Replay replay;

  Failure(int status, String message, Replay replay) {
    this.status = status;
    this.message = message;
    this.replay = replay;
  }

  public int status() {
    return status;
  }

  public String message() {
    return message;
  }

  /** Whether it speaks against the server that was asked. */
  public boolean isTheServers() {
    return switch (this) {
      case CONNECT_REFUSED,
          CONNECT_TIMEOUT,
          TLS_FAILED,
          RESET,
          BAD_RESPONSE,
          RESPONSE_TIMEOUT,
          REQUEST_TIMEOUT ->
          true;
      case NO_ROUTE,
          METHOD_NOT_ALLOWED,
          BAD_REQUEST,
          LOOP,
          BODY_TOO_LARGE,
          BODY_TIMEOUT,
          NO_SERVER,
          TOO_MANY_REQUESTS,
          TOO_MANY_CONNECTIONS,
          QUEUE_FULL,
          QUEUE_TIMEOUT,
          CLIENT_GONE,
          INTERNAL ->
          false;
    };
  }

  public Replay replay() {
    return replay;
  }
}
