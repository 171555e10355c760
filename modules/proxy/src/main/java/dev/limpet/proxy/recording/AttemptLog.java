package dev.limpet.proxy.recording;

import dev.limpet.balancing.Backend;
import dev.limpet.model.live.RequestRecord.Attempt;
import dev.limpet.proxy.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attempts to have one request answered, the last of which is under way. For one loop. */
final class AttemptLog {

  private final long start;

  /** Those before the last one; null where it is the first. */
  private @Nullable List<Attempt> earlier;

  private @Nullable Backend server;
  private @Nullable ServerMeter meter;
  private String span = "";
  private long began;
  private long connectNanos;
  private long sent;
  private long firstByteNanos;
  private long endNanos;
  private int status;
  private @Nullable Failure failure;

  /**
   * @param start when the request's head had come
   */
  AttemptLog(long start) {
    this.start = start;
  }

  void begin(Backend asked, ServerMeter ofServer, String spanId) {
    if (server != null) {
      keepLast();
    }
    server = asked;
    meter = ofServer;
    span = spanId;
    connectNanos = -1;
    firstByteNanos = -1;
    endNanos = -1;
    status = 0;
    failure = null;
    began = System.nanoTime();
  }

  /** The last one's; {@code ""} where it is not recorded. */
  String span() {
    return span;
  }

  private void keepLast() {
    if (earlier == null) {
      earlier = new ArrayList<>(2);
    }
    earlier.add(last());
  }

  void connected(boolean reused) {
    if (reused) {
      // Nobody has waited for it: what lies between is our own time.
      sent = began;
      connectNanos = 0;
      return;
    }
    sent = System.nanoTime();
    connectNanos = sent - began;
    if (meter != null) {
      meter.connect.record(connectNanos);
    }
  }

  void firstByte() {
    firstByteNanos = System.nanoTime() - sent;
    if (meter != null) {
      meter.firstByte.record(firstByteNanos);
    }
  }

  void answered(int code) {
    status = code;
    if (meter != null) {
      meter.answers.increment(code);
    }
  }

  /** The response is whole: with its first bytes, unless it came as a stream. */
  void complete(boolean streamed) {
    long nanos = streamed ? System.nanoTime() - sent : firstByteNanos;
    endNanos = sent - start + nanos;
    if (meter != null) {
      meter.response.record(nanos);
    }
  }

  void failed(Failure cause) {
    failure = cause;
    endNanos = System.nanoTime() - start;
    if (meter != null && cause != Failure.CLIENT_GONE) {
      meter.failures.increment(cause);
    }
  }

  /** The last server's; null where none was asked. */
  @Nullable ServerMeter meter() {
    return meter;
  }

  void transferred(long toServer, long fromServer) {
    if (meter != null) {
      meter.sentBytes.add(toServer);
      meter.receivedBytes.add(fromServer);
    }
  }

  /** Of all attempts this server's counts as the last one: the client gets its answer. */
  void choose(Backend answering) {
    if (server == null || earlier == null || server.equals(answering)) {
      return;
    }
    keepLast();
    String id = answering.id().value();
    for (int i = earlier.size() - 1; i >= 0; i--) {
      if (earlier.get(i).server().equals(id)) {
        earlier.add(earlier.remove(i));
        break;
      }
    }
    server = null;
  }

  List<Attempt> all() {
    if (earlier == null) {
      return server == null ? List.of() : List.of(last());
    }
    if (server != null) {
      keepLast();
      server = null;
    }
    return List.copyOf(earlier);
  }

  private Attempt last() {
    long end = endNanos < 0 ? System.nanoTime() - start : endNanos;
    return new Attempt(
        server == null ? "" : server.id().value(),
        span,
        began - start,
        connectNanos,
        firstByteNanos,
        end,
        status,
        failure == null ? null : failure.name());
  }
}
