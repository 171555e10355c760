package dev.limpet.cluster.health;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A connection on which all waits for the server together take no longer than a given time. The
 * time between the waits does not count. Bytes that have arrived by the end of the time are read,
 * however late this process comes to it: a read looks once more before it gives up. For one thread.
 */
final class TimedSocket extends Socket {

  private interface Wait {
    int run(int millis) throws IOException;
  }

  private long leftNanos;
  private volatile boolean timedOut;

  TimedSocket(Duration patience) {
    this.leftNanos = patience.toNanos();
  }

  void connect(InetSocketAddress address) throws IOException {
    await(
        millis -> {
          connect(address, millis);
          return 0;
        });
  }

  /** Whether the server has had its time; then what was waited for has failed. */
  boolean isTimedOut() {
    return timedOut;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    InputStream in = super.getInputStream();
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return await(
            millis -> {
              setSoTimeout(millis);
              return in.read(bytes, offset, length);
            });
      }
    };
  }

  private int await(Wait wait) throws IOException {
    long begun = System.nanoTime();
    try {
      return wait.run((int) Math.max(1, Duration.ofNanos(leftNanos).plusNanos(999_999).toMillis()));
    } catch (SocketTimeoutException e) {
      timedOut = true;
      throw e;
    } finally {
      leftNanos -= System.nanoTime() - begun;
    }
  }
}
