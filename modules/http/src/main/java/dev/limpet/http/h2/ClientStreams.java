package dev.limpet.http.h2;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.http.FrontEnd;
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
public final class ClientStreams {

  private static final int INITIAL_WINDOW = 65_535;

  /** What Akka HTTP holds of a request's body; see {@link FrontEnd#akkaConfig}. */
  public static final int STREAM_BUFFER = 512 * 1024;

  /**
   * Streams of ours that were reset long ago: what a client sends on them is no longer in flight.
   */
  private static final int MAX_ABANDONED = 1_000;

  /** What is to become of a frame. */
  record Verdict(Kind kind, Http2Error error) {

    enum Kind {
      PASS,
      DROP,
      END_STREAM,
      END_CONNECTION
    }

    static final Verdict PASS = new Verdict(Kind.PASS, Http2Error.NO_ERROR);
    static final Verdict DROP = new Verdict(Kind.DROP, Http2Error.NO_ERROR);

    static Verdict endStream(Http2Error error) {
      return new Verdict(Kind.END_STREAM, error);
    }

    static Verdict endConnection(Http2Error error) {
      return new Verdict(Kind.END_CONNECTION, error);
    }
  }

  private static final class Stream {
    final Outflow.Gate gate;
    boolean clientEnded;
    boolean answered;
    boolean serverEnded;
    @Nullable RequestHead head;
    long announced = -1;
    long received;

    /** Of what was received, what Akka HTTP does not hold any more, where that is known. */
    long taken;

    boolean tunnel;
    long sent;
    long cutAt = Long.MAX_VALUE;
    long window;

    /** By how much Akka HTTP's window for the stream is larger than the client's. */
    long excess;

    Stream(Outflow.Gate gate) {
      this.gate = gate;
    }
  }

  private final ResetBudget resets;
  private final Outflow outflow;
  private final Map<Integer, Stream> open = new HashMap<>();

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
  public ClientStreams(ResetBudget resets, WaitingBytes.Share waiting) {
    this.resets = resets;
    this.outflow = new Outflow(waiting, INITIAL_WINDOW);
  }

  /** What the connection's windows have room for. */
  Outflow outflow() {
    return outflow;
  }

  /** The stream's part of it; null once it has ended. */
  Outflow.@Nullable Gate gate(int id) {
    Stream stream = open.get(id);
    return stream == null ? null : stream.gate;
  }

  /** What the streams that end before their time may cost. */
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
    return lost >= STREAM_BUFFER;
  }

  /** Whether no request is under way. */
  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Whether the stream's response has not begun. */
  boolean awaitsResponse(int id) {
    Stream stream = open.get(id);
    return stream != null && !stream.answered;
  }

  /** Whether neither side has given the stream up, or come to its end on it. */
  boolean isOpen(int id) {
    return open.containsKey(id);
  }

  /** Bytes of the request's body so far. */
  long received(int id) {
    Stream stream = open.get(id);
    return stream == null ? 0 : stream.received;
  }

  /** Whether the response cannot go on because the client widens no window. */
  boolean isHeldBack(int id) {
    Stream stream = open.get(id);
    return stream != null && stream.answered && (stream.window <= 0 || window <= 0);
  }

  /** HEADERS have begun. A header block has to be decoded whatever becomes of it. */
  Verdict headers(int id, boolean end) {
    Stream stream = open.get(id);
    if (stream != null) {
      if (stream.clientEnded) {
        return Verdict.endStream(Http2Error.STREAM_CLOSED);
      }
      return end ? bodyEnded(id, stream) : Verdict.endStream(Http2Error.PROTOCOL_ERROR);
    }
    if (abandoned.contains(id)) {
      // Its block was read all the same.
      resets.spend(ResetBudget.CANCEL);
      return Verdict.DROP;
    }
    if (id <= last) {
      // The last one was open once; one before it may have been left out.
      return Verdict.endConnection(
          id == last ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR);
    }
    last = id;
    Stream opened = new Stream(outflow.new Gate(initialWindow));
    opened.clientEnded = end;
    opened.window = initialWindow;
    open.put(id, opened);
    return Verdict.PASS;
  }

  /** Whether HEADERS on this stream are a request's, not trailers. */
  boolean isNew(int id) {
    return id > last;
  }

  /** What the request says of its body. One that is refused has the client's word for nothing. */
  Verdict announce(int id, RequestHead head) {
    Stream stream = open.get(id);
    if (stream == null || head.refusal() != null) {
      if (StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE.equals(head.refusal())) {
        resets.spend(ResetBudget.LARGE_HEAD);
      }
      return Verdict.PASS;
    }
    stream.head = head;
    if (head.length() == RequestHead.CHUNKED || head.wantsTunnel()) {
      return Verdict.PASS;
    }
    stream.announced = head.length();
    return stream.clientEnded ? bodyEnded(id, stream) : Verdict.PASS;
  }

  /** The fields behind a request's body are here. */
  void setTrailers(int id, List<HttpHeader> fields) {
    Stream stream = open.get(id);
    if (stream != null && stream.head != null) {
      stream.head.setTrailers(fields);
    }
  }

  Verdict data(int id, int size, boolean end) {
    Stream stream = open.get(id);
    if (stream == null) {
      return abandoned.contains(id)
          ? Verdict.DROP
          : Verdict.endConnection(id > last ? Http2Error.PROTOCOL_ERROR : Http2Error.STREAM_CLOSED);
    }
    if (stream.clientEnded) {
      return Verdict.endStream(Http2Error.STREAM_CLOSED);
    }
    stream.received += size;
    if (end) {
      return bodyEnded(id, stream);
    }
    return stream.announced >= 0 && stream.received > stream.announced
        ? Verdict.endStream(Http2Error.PROTOCOL_ERROR)
        : Verdict.PASS;
  }

  Verdict reset(int id) {
    if (id > last) {
      return Verdict.endConnection(Http2Error.PROTOCOL_ERROR);
    }
    abandoned.remove(id);
    Stream stream = close(id);
    if (stream == null) {
      return Verdict.DROP;
    }
    resets.spend(ResetBudget.CANCEL);
    lost += Math.min(stream.received - stream.taken, STREAM_BUFFER);
    return Verdict.PASS;
  }

  /** WINDOW_UPDATE for the connection. */
  Verdict widen(int increment) {
    window += increment;
    outflow.widen(increment);
    return window > Integer.MAX_VALUE
        ? Verdict.endConnection(Http2Error.FLOW_CONTROL_ERROR)
        : Verdict.PASS;
  }

  /** WINDOW_UPDATE for a stream; {@link #owedTo} has how much of it Akka HTTP is to see. */
  Verdict widen(int id, int increment) {
    Stream stream = open.get(id);
    if (stream == null) {
      return id > last ? Verdict.endConnection(Http2Error.PROTOCOL_ERROR) : Verdict.DROP;
    }
    stream.window += increment;
    stream.gate.widen(increment);
    return stream.window > Integer.MAX_VALUE
        ? Verdict.endStream(Http2Error.FLOW_CONTROL_ERROR)
        : Verdict.PASS;
  }

  int owedTo(int id, int increment) {
    Stream stream = open.get(id);
    if (stream == null || stream.excess == 0) {
      return increment;
    }
    int repaid = (int) Math.min(stream.excess, increment);
    stream.excess -= repaid;
    return increment - repaid;
  }

  /**
   * SETTINGS_INITIAL_WINDOW_SIZE. Akka HTTP widens windows by it, but does not make them smaller.
   */
  Verdict initialWindow(int size) {
    if (size < 0) {
      return Verdict.endConnection(Http2Error.FLOW_CONTROL_ERROR);
    }
    long change = (long) size - initialWindow;
    initialWindow = size;
    for (Stream stream : open.values()) {
      stream.window += change;
      stream.gate.widen(change);
      if (stream.window > Integer.MAX_VALUE) {
        return Verdict.endConnection(Http2Error.FLOW_CONTROL_ERROR);
      }
      if (change < 0 && stream.answered) {
        stream.excess -= change;
      }
    }
    return Verdict.PASS;
  }

  /**
   * Akka HTTP has answered with HEADERS.
   *
   * @return whether the response is complete and the request is not
   */
  boolean answered(int id, boolean end) {
    Stream stream = open.get(id);
    if (stream == null) {
      return false;
    }
    stream.answered = true;
    return serverSent(id, stream, end);
  }

  /** Akka HTTP has sent DATA; returns as {@link #answered}. */
  boolean sent(int id, int size, boolean end) {
    window -= size;
    Stream stream = open.get(id);
    if (stream == null) {
      outflow.widen(-size);
      return false;
    }
    stream.window -= size;
    stream.sent += size;
    stream.gate.sent(size);
    return serverSent(id, stream, end);
  }

  /** The stream has become a tunnel, each direction of which ends by itself. */
  void beginTunnel(int id) {
    Stream stream = open.get(id);
    if (stream != null) {
      stream.tunnel = true;
    }
  }

  /** So much of what a tunnel's client has sent has gone to its server. */
  void taken(int id, int bytes) {
    Stream stream = open.get(id);
    if (stream != null) {
      stream.taken += bytes;
    }
  }

  /**
   * What a tunnel's client still sends is not wanted.
   *
   * @return whether all has been sent to it
   */
  boolean endTunnel(int id) {
    Stream stream = open.get(id);
    if (stream == null) {
      return false;
    }
    stream.tunnel = false;
    return isDone(stream);
  }

  /** The response breaks off behind so many bytes. */
  void cut(int id, long bytes) {
    Stream stream = open.get(id);
    if (stream != null) {
      stream.cutAt = bytes;
    }
  }

  /** Whether all of a response has been sent that breaks off. */
  boolean isAtCut(int id) {
    Stream stream = open.get(id);
    return stream != null && stream.sent >= stream.cutAt;
  }

  /** We have reset the stream. */
  void abandon(int id) {
    Stream stream = close(id);
    if (stream == null) {
      return;
    }
    lost += Math.min(stream.received - stream.taken, STREAM_BUFFER);
    if (!stream.clientEnded) {
      abandoned.add(id);
      if (abandoned.size() > MAX_ABANDONED) {
        abandoned.remove(abandoned.iterator().next());
      }
    }
  }

  private boolean serverSent(int id, Stream stream, boolean end) {
    stream.serverEnded |= end;
    forgetIfOver(id, stream);
    return isDone(stream);
  }

  /** A tunnel's client may go on when its server has said all. */
  private static boolean isDone(Stream stream) {
    return stream.serverEnded && !stream.clientEnded && !stream.tunnel;
  }

  private Verdict bodyEnded(int id, Stream stream) {
    stream.clientEnded = true;
    forgetIfOver(id, stream);
    return stream.announced >= 0 && stream.received != stream.announced
        ? Verdict.endStream(Http2Error.PROTOCOL_ERROR)
        : Verdict.PASS;
  }

  private void forgetIfOver(int id, Stream stream) {
    if (stream.clientEnded && stream.serverEnded) {
      resets.earn();
      close(id);
    }
  }

  private @Nullable Stream close(int id) {
    ended.accept(id);
    Stream stream = open.remove(id);
    if (stream != null) {
      stream.gate.end();
    }
    return stream;
  }
}
