package dev.limpet.http.client;

import akka.event.LoggingAdapter;
import akka.http.ParsingErrorHandler;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.ErrorInfo;
import akka.http.scaladsl.settings.ServerSettings;
import akka.util.ByteString;

/**
 * The answers to requests that cannot be read: the status and nothing of our insides. Akka HTTP
 * finds them by {@code akka.http.server.parsing.error-handler}.
 */
public final class Refusals extends ParsingErrorHandler {

  @Override
  public HttpResponse handle(
      akka.http.scaladsl.model.StatusCode status,
      ErrorInfo error,
      LoggingAdapter log,
      ServerSettings settings) {
    log.debug("refused a request with {}: {}", status.intValue(), error.summary());
    // A GET with a body is well-formed (RFC 9110, 9.3.1); Akka HTTP does not take one.
    StatusCode answer = status.intValue() == 422 ? StatusCodes.BAD_REQUEST : status;
    return response(answer, answer.reason());
  }

  /** A small text response. */
  public static HttpResponse response(StatusCode status, String message) {
    return HttpResponse.create()
        .withStatus(status)
        .withEntity(
            HttpEntities.create(
                ContentTypes.TEXT_PLAIN_UTF8,
                ByteString.fromString(status.intValue() + " " + message + "\n")));
  }
}
