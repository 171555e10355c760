package dev.limpet.e2e.affinity.site;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/** Kept connections to one node, used as browsers do. For any thread. */
public final class Connections implements AutoCloseable {

  private final InetSocketAddress address;
  private final Duration patience;
  private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

  Connections(InetSocketAddress address, Duration patience) {
    this.address = address;
    this.patience = patience;
  }

  /**
   * Sends a GET. A kept connection that ends without a word may have been closed before the request
   * was on its way, so the request goes out once more on a connection of its own (RFC 9112, 9.3.1).
   */
  public HttpConnection.Response get(byte[] request) throws IOException {
    HttpConnection kept = idle.pollFirst();
    if (kept != null) {
      try {
        return exchange(kept, request);
      } catch (SocketTimeoutException late) {
        throw late;
      } catch (IOException e) {
        if (kept.answered()) {
          throw e;
        }
      }
    }
    return exchange(new HttpConnection(address, patience), request);
  }

  private HttpConnection.Response exchange(HttpConnection connection, byte[] request)
      throws IOException {
    boolean keep = false;
    try {
      HttpConnection.Response response = connection.exchange(request);
      keep = connection.reusable();
      return response;
    } finally {
      if (keep) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    }
  }

  @Override
  public void close() {
    for (@Nullable HttpConnection one = idle.poll(); one != null; one = idle.poll()) {
      one.close();
    }
  }
}
