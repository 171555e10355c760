package dev.limpet.http.message;

import akka.http.javadsl.model.StatusCode;

/** A message that is not well-formed, and what its sender hears. Without a stack trace. */
public final class Refused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient StatusCode status;

  public Refused(StatusCode status) {
    super(status.reason(), null, false, false);
    this.status = status;
  }

  public StatusCode status() {
    return status;
  }
}
