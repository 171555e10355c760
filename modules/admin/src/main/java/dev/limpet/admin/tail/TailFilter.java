package dev.limpet.admin.tail;

import dev.limpet.model.live.RequestRecord;
import java.util.regex.Pattern;

/**
 * Which requests somebody wants to see.
 *
 * @param status {@code 404} or {@code 5xx}; empty for any
 * @param server the id of one that it was sent to; empty for any
 * @param upstream empty for any
 * @param min in seconds: it took no less
 */
record TailFilter(String status, String server, String upstream, double min) {

  private static final Pattern STATUS = Pattern.compile("[1-5](xx|[0-9][0-9])");

  static final TailFilter ALL = new TailFilter("", "", "", 0);

  /**
   * @throws IllegalArgumentException for whoever asks, where something is not what it may be
   */
  TailFilter {
    status = status == null ? "" : status;
    server = server == null ? "" : server;
    upstream = upstream == null ? "" : upstream;
    if (!status.isEmpty() && !STATUS.matcher(status).matches()) {
      throw new IllegalArgumentException(
          "status is one such as 404, or a class such as 5xx, not \"%s\"".formatted(status));
    }
    if (!(min >= 0)) {
      throw new IllegalArgumentException("min is in seconds, such as 0.5, not " + min);
    }
  }

  boolean matches(RequestRecord request) {
    return hasStatus(request.status())
        && request.totalNanos() >= min * 1e9
        && (upstream.isEmpty() || upstream.equals(request.upstream()))
        && (server.isEmpty()
            || request.attempts().stream().anyMatch(attempt -> attempt.server().equals(server)));
  }

  private boolean hasStatus(int code) {
    return status.isEmpty()
        || (status.endsWith("xx")
            ? code / 100 == status.charAt(0) - '0'
            : status.equals(Integer.toString(code)));
  }
}
