package dev.limpet.http.h2;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.http.message.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection: what each side has sent on it, and what the client is ready
 * to take. On the connection's loop.
 */
final class ClientStream {

  private static final long NOTHING_ANNOUNCED = -1;

  private final Outflow.Gate gate;
  private boolean clientEnded;
  private boolean answered;
  private boolean serverEnded;
  private @Nullable RequestHead head;
  private long announced = NOTHING_ANNOUNCED;
  private long received;

  /** The part of {@link #received} that Akka HTTP does not hold any more, as far as is known. */
  private long taken;

  private boolean tunnel;
  private long sent;
  private long breaksOffAt = Long.MAX_VALUE;
  private long window;

  /** By how much Akka HTTP's window for the stream is larger than the client's. */
  private long excess;

  /**
   * @param ended whether the client sends nothing behind its HEADERS
   */
  ClientStream(Outflow.Gate gate, int window, boolean ended) {
    this.gate = gate;
    this.window = window;
    this.clientEnded = ended;
  }

  Outflow.Gate gate() {
    return gate;
  }

  boolean hasClientEnded() {
    return clientEnded;
  }

  /** Whether the response has begun. */
  boolean isAnswered() {
    return answered;
  }

  /** Bytes of the request's body so far. */
  long received() {
    return received;
  }

  /** Bytes of the request's body that Akka HTTP holds, as far as that is known. */
  long held() {
    return received - taken;
  }

  boolean isWindowOpen() {
    return window > 0;
  }

  /** Whether both sides have said all. */
  boolean isOver() {
    return clientEnded && serverEnded;
  }

  /**
   * Whether the response is complete and the request is not. A tunnel's client may go on when its
   * server has said all.
   */
  boolean isDone() {
    return serverEnded && !clientEnded && !tunnel;
  }

  /** The request's head is here, and is not refused. */
  void begin(RequestHead request) {
    head = request;
    if (request.length() != RequestHead.CHUNKED && !request.wantsTunnel()) {
      announced = request.length();
    }
  }

  void setTrailers(List<HttpHeader> fields) {
    if (head != null) {
      head.setTrailers(fields);
    }
  }

  /** The client has sent so much more of the body. */
  void receive(int size) {
    received += size;
  }

  void endBody() {
    clientEnded = true;
  }

  /** Whether the client has sent more than it has announced. */
  boolean exceedsAnnounced() {
    return announced != NOTHING_ANNOUNCED && received > announced;
  }

  /** Whether the client's body may end here. */
  boolean isAsAnnounced() {
    return announced == NOTHING_ANNOUNCED || received == announced;
  }

  /**
   * The client takes so much more.
   *
   * @return whether the window is one that there may be
   */
  boolean widen(int increment) {
    window += increment;
    gate.widen(increment);
    return window <= Integer.MAX_VALUE;
  }

  /** How much of such a WINDOW_UPDATE Akka HTTP is to see. */
  int owed(int increment) {
    int repaid = (int) Math.min(excess, increment);
    excess -= repaid;
    return increment - repaid;
  }

  /**
   * The initial window has changed by so much. Akka HTTP widens windows by it, but does not make
   * them smaller.
   *
   * @return whether the window is one that there may be
   */
  boolean changeInitialWindow(long change) {
    window += change;
    gate.widen(change);
    if (window > Integer.MAX_VALUE) {
      return false;
    }
    if (change < 0 && answered) {
      excess -= change;
    }
    return true;
  }

  /** Akka HTTP has answered with HEADERS. */
  void answer(boolean end) {
    answered = true;
    serverEnded |= end;
  }

  /** Akka HTTP has sent DATA. */
  void send(int size, boolean end) {
    window -= size;
    sent += size;
    gate.sent(size);
    serverEnded |= end;
  }

  /** The stream has become a tunnel, each direction of which ends by itself. */
  void beginTunnel() {
    tunnel = true;
  }

  /** So much of what a tunnel's client has sent has gone to its server. */
  void take(int bytes) {
    taken += bytes;
  }

  /** The tunnel's server wants nothing more from the client. */
  void endTunnel() {
    tunnel = false;
  }

  /** The response breaks off behind so many bytes. */
  void breakOff(long bytes) {
    breaksOffAt = bytes;
  }

  /** Whether all of a response has been sent that breaks off. */
  boolean hasBrokenOff() {
    return sent >= breaksOffAt;
  }
}
