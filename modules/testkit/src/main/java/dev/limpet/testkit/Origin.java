package dev.limpet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server that says exactly what it is told to, byte for byte, and keeps what it heard. */
public final class Origin implements AutoCloseable {

  /** The behaviour of one connection; the socket closes when it returns. */
  public interface Script {
    void run(Origin origin, Socket socket) throws IOException, InterruptedException;
  }

  /**
   * Room for every connection of a flood: one that the system drops is tried again a second later.
   */
  private static final int BACKLOG = 1024;

  private final ServerSocket server;
  private final Thread acceptor;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  public Origin(Script script) {
    this(0, script);
  }

  /**
   * @param port which may have been another's before; 0 for any free one
   */
  public Origin(int port, Script script) {
    this(InetAddress.getLoopbackAddress(), port, script);
  }

  private Origin(InetAddress address, int port, Script script) {
    try {
      server = new ServerSocket(port, BACKLOG, address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    acceptor = Thread.ofVirtual().start(() -> accept(script));
  }

  /** Answers every request with the same bytes, on one connection. */
  public static Origin answering(String response) {
    return answering(0, response);
  }

  /**
   * Answers every request with the same bytes, at a port that may have been another's before.
   *
   * @param port 0 for any free one
   */
  public static Origin answering(int port, String response) {
    return new Origin(port, always(response));
  }

  /** As {@link #answering(int, String)}, at this address. */
  public static Origin answering(String address, int port, String response) {
    return new Origin(InetAddress.ofLiteral(address), port, always(response));
  }

  private static Script always(String response) {
    return (origin, socket) -> {
      while (!origin.readRequest(socket).isEmpty()) {
        origin.write(socket, response);
      }
    };
  }

  public int port() {
    return server.getLocalPort();
  }

  /** The next request's head and, if it says how long, body; empty at the end of the stream. */
  public String readRequest(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "";
      }
      text.append((char) c);
    }
    int at = text.toString().toLowerCase(Locale.ROOT).indexOf("content-length: ");
    if (at >= 0) {
      int length = Integer.parseInt(text.substring(at + 16, text.indexOf("\r", at)));
      text.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
    }
    requests.add(text.toString());
    return text.toString();
  }

  public void write(Socket socket, String bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  public String nextRequest() throws InterruptedException {
    String request = requests.poll(60, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("no request came");
    }
    return request;
  }

  public int unreadRequests() {
    return requests.size();
  }

  /** Dies: neither the port nor a connection stays open. */
  @Override
  public void close() {
    try {
      server.close();
      // Until it has noticed, it takes one more connection.
      acceptor.join();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept(Script script) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(script, socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Script script, Socket socket) {
    try (socket) {
      script.run(this, socket);
    } catch (IOException gone) {
      // The proxy closed the connection, which a test may be about.
    } catch (InterruptedException never) {
      throw new AssertionError("nobody interrupts it", never);
    }
  }
}
