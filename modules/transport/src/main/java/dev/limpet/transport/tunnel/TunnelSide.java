package dev.limpet.transport.tunnel;

import io.netty.buffer.ByteBuf;

/**
 * One of the two sides that {@link Tunnels} joins; only for the loop that both belong to. A side
 * says nothing to its watcher before it is joined.
 */
public interface TunnelSide {

  /** Hears of what goes through a side. */
  interface Watcher {

    void onBytes(TunnelSide to, int count);

    void onInputEnd(TunnelSide at);

    /** The event for which a side closes. */
    void onThrown(Throwable cause);

    /** Neither will anything come nor can anything be sent; what was not sent is lost. */
    void onClosed(TunnelSide at);
  }

  /** From now on, what comes in goes to the other side, with what has come before. */
  void join(TunnelSide other, Watcher watcher);

  /** Sends bytes, at the latest with the next {@link #flush}. */
  void send(ByteBuf bytes);

  void flush();

  /**
   * Whether it takes more than it has not sent yet; if not, the other side hears {@link #readOn}.
   */
  boolean isWritable();

  /** The other side takes more again. */
  void readOn();

  /** Whether its peer has said that nothing more will come. */
  boolean isInputEnded();

  /** Says that no more will come, once all that was written has been sent. */
  void finishOutput();

  /** Closes once all that was written has been sent. */
  void closeGently();

  /** Closes without regard to what has not been sent. */
  void closeNow();
}
