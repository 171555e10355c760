package dev.limpet.cluster.health;

import dev.limpet.model.net.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects health checks to servers that may have several addresses, as the data plane does: the
 * next is tried as soon as one refuses, or has not answered for a moment, and the first that stands
 * is taken (RFC 8305, section 5). Safe for threads.
 */
final class Dial {

  /** RFC 8305, section 8: the Connection Attempt Delay. */
  private static final long ATTEMPT_DELAY_MILLIS = 250;

  /** The address that took the last connection, for servers that have several. */
  private final Map<HostPort, InetSocketAddress> worked = new ConcurrentHashMap<>();

  /** One connection. */
  final class Call implements AutoCloseable {

    /** How an attempt has ended. */
    private record End(
        TimedSocket socket, InetSocketAddress address, @Nullable IOException failure) {}

    private final Duration patience;
    private final List<TimedSocket> sockets = new ArrayList<>();
    private final BlockingQueue<End> ends = new LinkedBlockingQueue<>();
    private boolean closed;

    private Call(Duration patience) {
      this.patience = patience;
    }

    /**
     * Blocks until a connection stands, all attempts have failed, or another thread closes this.
     */
    Socket connect(HostPort server) throws IOException {
      List<InetSocketAddress> addresses = inOrder(server);
      if (addresses.size() == 1) {
        TimedSocket only = open();
        only.connect(addresses.getFirst());
        return only;
      }
      IOException last = new ConnectException("no address for " + server);
      int begun = 0;
      int ended = 0;
      while (ended < addresses.size()) {
        if (begun < addresses.size()) {
          begin(open(), addresses.get(begun++));
        }
        End end = begun < addresses.size() ? next(ATTEMPT_DELAY_MILLIS) : next(Long.MAX_VALUE);
        if (end == null) {
          continue;
        }
        ended++;
        if (end.failure() == null) {
          worked.put(server, end.address());
          closeAllBut(end.socket());
          return end.socket();
        }
        last = end.failure();
      }
      throw last;
    }

    private void begin(TimedSocket socket, InetSocketAddress address) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket.connect(address);
                  ends.add(new End(socket, address, null));
                } catch (IOException e) {
                  ends.add(new End(socket, address, e));
                }
              });
    }

    private @Nullable End next(long millis) throws IOException {
      try {
        return ends.poll(millis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ConnectException("interrupted");
      }
    }

    private synchronized TimedSocket open() throws IOException {
      if (closed) {
        throw new ConnectException("too late");
      }
      TimedSocket socket = new TimedSocket(patience);
      sockets.add(socket);
      return socket;
    }

    private synchronized void closeAllBut(@Nullable Socket taken) {
      for (Socket socket : sockets) {
        if (!socket.equals(taken)) {
          drop(socket);
        }
      }
    }

    /** Whether the server has had its time: on the last connection, or where there is none. */
    synchronized boolean isTimedOut() {
      return !sockets.isEmpty() && sockets.stream().anyMatch(TimedSocket::isTimedOut);
    }

    /** Ends the connection, and all attempts at one. */
    @Override
    public synchronized void close() {
      closed = true;
      closeAllBut(null);
    }
  }

  /**
   * @param patience how long the server may be waited for, with its connection and its answers
   *     together
   */
  Call call(Duration patience) {
    return new Call(patience);
  }

  /** First the one that worked last. */
  private List<InetSocketAddress> inOrder(HostPort server) throws IOException {
    List<InetSocketAddress> addresses = server.resolve();
    InetSocketAddress first = worked.get(server);
    if (first == null || addresses.size() == 1 || !addresses.contains(first)) {
      return addresses;
    }
    List<InetSocketAddress> order = new ArrayList<>(addresses);
    order.remove(first);
    order.addFirst(first);
    return order;
  }

  private static void drop(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use to anybody.
    }
  }
}
