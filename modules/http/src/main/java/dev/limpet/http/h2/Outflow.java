package dev.limpet.http.h2;

import dev.limpet.http.h2.frame.Http2Frames;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The responses on their way to one HTTP/2 client, held to what its windows have room for (RFC
 * 9113, 5.2). No more than that is given to Akka HTTP, which would hold it for as long as the
 * windows are closed; what is not given stays with the servers, but for what has been read from
 * them. On the connection's loop.
 */
final class Outflow {

  private final WaitingBytes.Share share;
  private final Queue<Gate> closed = new ArrayDeque<>();
  private Runnable tooMuch = () -> {};

  /** The connection's window, less what Akka HTTP has been given and not sent. */
  private long room;

  /** Given and not sent, or read from a server and not given. */
  private long held;

  Outflow(WaitingBytes.Share share, int window) {
    this.share = share;
    this.room = window;
  }

  /**
   * @param listener hears when so much waits for clients that this one is to be ended
   */
  void onTooMuch(Runnable listener) {
    tooMuch = listener;
  }

  /** WINDOW_UPDATE for the connection. */
  void widen(int increment) {
    room += increment;
    open();
  }

  /** The connection is no more. */
  void end() {
    share.end();
  }

  private void hold(long change) {
    if (change != 0) {
      held += change;
      if (share.holds(held) && change > 0) {
        tooMuch.run();
      }
    }
  }

  /**
   * Opens as many as there is room for, those first that have waited longest; the others keep their
   * turn.
   */
  private void open() {
    long left = room;
    for (int turns = closed.size(); turns > 0; turns--) {
      Gate gate = closed.remove();
      Runnable waiter = gate.waiter;
      if (waiter == null) {
        continue;
      }
      if (gate.fits(left)) {
        left -= Http2Frames.MAX_SIZE;
        gate.waiter = null;
        gate.hasTurn = true;
        waiter.run();
      } else {
        closed.add(gate);
      }
    }
  }

  /** One stream's response. */
  final class Gate {

    private long room;
    private long unsent;
    private int unread;
    private boolean begun;
    private boolean hasTurn;
    private boolean over;
    private @Nullable Runnable waiter;

    Gate(int window) {
      room = window;
    }

    /** WINDOW_UPDATE for the stream, or another initial window. */
    void widen(long change) {
      room += change;
      open();
    }

    /**
     * Whether there is room for more. Where windows are just used up there still is for one part,
     * for trailers need none, and a client that has got all may wait for them before it opens a
     * window.
     */
    boolean isOpen() {
      return hasTurn || fits(Outflow.this.room);
    }

    private boolean fits(long ofConnection) {
      long least = begun ? 0 : 1;
      return room >= least && ofConnection >= least;
    }

    /**
     * @param then runs once, when there is room
     */
    void whenOpen(Runnable then) {
      waiter = then;
      closed.add(this);
    }

    /** So much more of the response has been given to Akka HTTP. */
    void given(int bytes) {
      begun = true;
      hasTurn = false;
      if (!over) {
        room -= bytes;
        Outflow.this.room -= bytes;
        unsent += bytes;
        hold(bytes);
      }
    }

    /** And so much of that has been sent. */
    void sent(int bytes) {
      unsent -= bytes;
      hold(-bytes);
    }

    /** So much has been read from the server, which waits until somebody asks for it. */
    void waits(int bytes) {
      if (!over) {
        int change = bytes - unread;
        unread = bytes;
        hold(change);
      }
    }

    /** The stream is no more, and what Akka HTTP has of it will not be sent. */
    void end() {
      over = true;
      waiter = null;
      Outflow.this.room += unsent;
      hold(-unsent - unread);
      unsent = 0;
      unread = 0;
      open();
    }
  }
}
