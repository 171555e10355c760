package dev.limpet.http.h2;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.message.RequestHead;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one HTTP/2 connection: who may still send on them (RFC 9113, 5.1), how much (6.9),
 * and how much the client has announced (8.1.1). On the connection's loop.
 */
final class ClientStreams {

  private static final int INITIAL_WINDOW = 65_535;

  /**
   * Streams of ours that were reset long ago: what a client sends on them is no longer in flight.
   */
  private static final int MAX_ABANDONED = 1_000;

  private final ResetBudget resets;
  private final Outflow outflow;
  private final Map<Integer, ClientStream> open = new HashMap<>();

  /** Streams that we have reset and the client may not know it. */
  private final Set<Integer> abandoned = new LinkedHashSet<>();

  private int last;
  private int initialWindow = INITIAL_WINDOW;
  private long window = INITIAL_WINDOW;
  private long lost;
  private IntConsumer ended = id -> {};

  /**
   * @param waiting counts what the client does not take
   */
  ClientStreams(ResetBudget resets, WaitingBytes.Share waiting) {
    this.resets = resets;
    this.outflow = new Outflow(waiting, INITIAL_WINDOW);
  }

  /** The responses on their way to the client. */
  Outflow outflow() {
    return outflow;
  }

  /** The stream's part of it; null once it has ended. */
  Outflow.@Nullable Gate gate(int id) {
    ClientStream stream = open.get(id);
    return stream == null ? null : stream.gate();
  }

  /** The budget for streams that end before their time. */
  ResetBudget resets() {
    return resets;
  }

  /**
   * @param listener hears of each stream that has come to its end, or was given up
   */
  void onEnd(IntConsumer listener) {
    ended = listener;
  }

  /**
   * Whether the connection had better be left. What Akka HTTP holds of a body when its stream is
   * reset is lost to the connection's window; in the end nothing could be uploaded any more.
   */
  boolean isWorn() {
    return lost >= Http2Connections.STREAM_BUFFER;
  }

  /** Whether no request is under way. */
  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Whether the stream's response has not begun. */
  boolean awaitsResponse(int id) {
    ClientStream stream = open.get(id);
    return stream != null && !stream.isAnswered();
  }

  /** Whether neither side has given the stream up, or come to its end on it. */
  boolean isOpen(int id) {
    return open.containsKey(id);
  }

  /** Bytes of the request's body so far. */
  long received(int id) {
    ClientStream stream = open.get(id);
    return stream == null ? 0 : stream.received();
  }

  /** Whether the response cannot go on because the client widens no window. */
  boolean isHeldBack(int id) {
    ClientStream stream = open.get(id);
    return stream != null && stream.isAnswered() && (!stream.isWindowOpen() || window <= 0);
  }

  /** HEADERS have begun. A header block has to be decoded whatever becomes of it. */
  FrameAction headers(int id, boolean end) {
    ClientStream stream = open.get(id);
    if (stream != null) {
      if (stream.hasClientEnded()) {
        return FrameAction.endStream(Http2Error.STREAM_CLOSED);
      }
      return end ? bodyEnded(id, stream) : FrameAction.endStream(Http2Error.PROTOCOL_ERROR);
    }
    if (abandoned.contains(id)) {
      // Its block was read all the same.
      resets.spend(ResetBudget.CANCEL);
      return FrameAction.DROP;
    }
    if (id <= last) {
      // The last one was open once; one before it may have been left out.
      return FrameAction.endConnection(
          id == last ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR);
    }
    last = id;
    open.put(id, new ClientStream(outflow.new Gate(initialWindow), initialWindow, end));
    return FrameAction.PASS;
  }

  /** Whether HEADERS on this stream are a request's, not trailers. */
  boolean isNew(int id) {
    return id > last;
  }

  /**
   * The request's head is here, which announces the body; one that is refused announces nothing.
   */
  FrameAction announce(int id, RequestHead head) {
    ClientStream stream = open.get(id);
    if (stream == null || head.refusal() != null) {
      if (StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE.equals(head.refusal())) {
        resets.spend(ResetBudget.LARGE_HEAD);
      }
      return FrameAction.PASS;
    }
    stream.begin(head);
    boolean announces = head.length() != RequestHead.CHUNKED && !head.wantsTunnel();
    return announces && stream.hasClientEnded() ? bodyEnded(id, stream) : FrameAction.PASS;
  }

  /** The fields behind a request's body are here. */
  void setTrailers(int id, List<HttpHeader> fields) {
    ClientStream stream = open.get(id);
    if (stream != null) {
      stream.setTrailers(fields);
    }
  }

  FrameAction data(int id, int size, boolean end) {
    ClientStream stream = open.get(id);
    if (stream == null) {
      return abandoned.contains(id)
          ? FrameAction.DROP
          : FrameAction.endConnection(
              id > last ? Http2Error.PROTOCOL_ERROR : Http2Error.STREAM_CLOSED);
    }
    if (stream.hasClientEnded()) {
      return FrameAction.endStream(Http2Error.STREAM_CLOSED);
    }
    stream.receive(size);
    if (end) {
      return bodyEnded(id, stream);
    }
    return stream.exceedsAnnounced()
        ? FrameAction.endStream(Http2Error.PROTOCOL_ERROR)
        : FrameAction.PASS;
  }

  FrameAction reset(int id) {
    if (id > last) {
      return FrameAction.endConnection(Http2Error.PROTOCOL_ERROR);
    }
    abandoned.remove(id);
    ClientStream stream = close(id);
    if (stream == null) {
      return FrameAction.DROP;
    }
    resets.spend(ResetBudget.CANCEL);
    lost += Math.min(stream.held(), Http2Connections.STREAM_BUFFER);
    return FrameAction.PASS;
  }

  /** WINDOW_UPDATE for the connection. */
  FrameAction widen(int increment) {
    window += increment;
    outflow.widen(increment);
    return window > Integer.MAX_VALUE
        ? FrameAction.endConnection(Http2Error.FLOW_CONTROL_ERROR)
        : FrameAction.PASS;
  }

  /** WINDOW_UPDATE for a stream; {@link #owedTo} has how much of it Akka HTTP is to see. */
  FrameAction widen(int id, int increment) {
    ClientStream stream = open.get(id);
    if (stream == null) {
      return id > last ? FrameAction.endConnection(Http2Error.PROTOCOL_ERROR) : FrameAction.DROP;
    }
    return stream.widen(increment)
        ? FrameAction.PASS
        : FrameAction.endStream(Http2Error.FLOW_CONTROL_ERROR);
  }

  int owedTo(int id, int increment) {
    ClientStream stream = open.get(id);
    return stream == null ? increment : stream.owed(increment);
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE. */
  FrameAction initialWindow(int size) {
    if (size < 0) {
      return FrameAction.endConnection(Http2Error.FLOW_CONTROL_ERROR);
    }
    long change = (long) size - initialWindow;
    initialWindow = size;
    for (ClientStream stream : open.values()) {
      if (!stream.changeInitialWindow(change)) {
        return FrameAction.endConnection(Http2Error.FLOW_CONTROL_ERROR);
      }
    }
    return FrameAction.PASS;
  }

  /**
   * Akka HTTP has answered with HEADERS.
   *
   * @return whether the response is complete and the request is not
   */
  boolean answered(int id, boolean end) {
    ClientStream stream = open.get(id);
    if (stream == null) {
      return false;
    }
    stream.answer(end);
    return isDone(id, stream);
  }

  /** Akka HTTP has sent DATA; returns as {@link #answered}. */
  boolean sent(int id, int size, boolean end) {
    window -= size;
    ClientStream stream = open.get(id);
    if (stream == null) {
      outflow.widen(-size);
      return false;
    }
    stream.send(size, end);
    return isDone(id, stream);
  }

  /** The stream has become a tunnel, each direction of which ends by itself. */
  void beginTunnel(int id) {
    ClientStream stream = open.get(id);
    if (stream != null) {
      stream.beginTunnel();
    }
  }

  /** So much of what a tunnel's client has sent has gone to its server. */
  void taken(int id, int bytes) {
    ClientStream stream = open.get(id);
    if (stream != null) {
      stream.take(bytes);
    }
  }

  /**
   * The tunnel's server wants nothing more from the client.
   *
   * @return whether all has been sent to it
   */
  boolean endTunnel(int id) {
    ClientStream stream = open.get(id);
    if (stream == null) {
      return false;
    }
    stream.endTunnel();
    return stream.isDone();
  }

  /** The response breaks off behind so many bytes. */
  void breakOff(int id, long bytes) {
    ClientStream stream = open.get(id);
    if (stream != null) {
      stream.breakOff(bytes);
    }
  }

  /** Whether all of a response has been sent that breaks off. */
  boolean hasBrokenOff(int id) {
    ClientStream stream = open.get(id);
    return stream != null && stream.hasBrokenOff();
  }

  /** We have reset the stream. */
  void abandon(int id) {
    ClientStream stream = close(id);
    if (stream == null) {
      return;
    }
    lost += Math.min(stream.held(), Http2Connections.STREAM_BUFFER);
    if (!stream.hasClientEnded()) {
      abandoned.add(id);
      if (abandoned.size() > MAX_ABANDONED) {
        abandoned.remove(abandoned.iterator().next());
      }
    }
  }

  private boolean isDone(int id, ClientStream stream) {
    forgetIfOver(id, stream);
    return stream.isDone();
  }

  private FrameAction bodyEnded(int id, ClientStream stream) {
    stream.endBody();
    forgetIfOver(id, stream);
    return stream.isAsAnnounced()
        ? FrameAction.PASS
        : FrameAction.endStream(Http2Error.PROTOCOL_ERROR);
  }

  private void forgetIfOver(int id, ClientStream stream) {
    if (stream.isOver()) {
      resets.earn();
      close(id);
    }
  }

  private @Nullable ClientStream close(int id) {
    ended.accept(id);
    ClientStream stream = open.remove(id);
    if (stream != null) {
      stream.gate().end();
    }
    return stream;
  }
}
