package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Words;
import java.net.HttpURLConnection;

/**
 * What a node's API has answered, also where it refuses.
 *
 * @param json an object; text where that was asked for
 * @param etag the version of what was asked for, to be sent as {@code If-Match}; may be empty
 */
record Answer(int status, JsonNode json, String etag) {

  private static final int UNPROCESSABLE = 422;
  private static final int PRECONDITION_REQUIRED = 428;

  boolean isRefusal() {
    return status >= HttpURLConnection.HTTP_BAD_REQUEST;
  }

  /**
   * Itself, unless the node refuses.
   *
   * @throws Refusal with the node's reasons
   */
  Answer orRefusal() throws Refusal {
    if (isRefusal()) {
      throw new Refusal(reasons(), exitCode());
    }
    return this;
  }

  /** A problem's details (RFC 9457), and a line for each field that is wrong. */
  private String reasons() {
    StringBuilder reasons = new StringBuilder(Words.plain(reason()));
    for (JsonNode error : json.path("errors")) {
      JsonNode found = error.path("found");
      String line =
          "%s: %s%s"
              .formatted(
                  error.path("field").asText(),
                  error.path("message").asText(),
                  found.isMissingNode() ? "" : ", found " + found);
      reasons.append(System.lineSeparator()).append("  ").append(Words.plain(line));
    }
    return reasons.toString();
  }

  private String reason() {
    for (String field : new String[] {"detail", "error", "title"}) {
      String reason = json.path(field).asText();
      if (!reason.isEmpty()) {
        return reason;
      }
    }
    return "the node answers " + status;
  }

  private int exitCode() {
    return switch (status) {
      case HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE -> ExitCodes.WRONG;
      case HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN ->
          ExitCodes.NOT_ALLOWED;
      case HttpURLConnection.HTTP_NOT_FOUND -> ExitCodes.NOT_FOUND;
      case HttpURLConnection.HTTP_CONFLICT,
          HttpURLConnection.HTTP_PRECON_FAILED,
          PRECONDITION_REQUIRED ->
          ExitCodes.CONFLICT;
      default -> ExitCodes.FAILURE;
    };
  }
}
