package dev.limpet.testkit;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that ask without a pause on connections that they keep, of nodes at several ports. A
 * client goes to the next port when one refuses, and opens another connection when a response says
 * {@code Connection: close}. Anything else that keeps it from a whole 200 response is a failure.
 */
public final class KeepAliveClients implements AutoCloseable {

  private final List<Integer> ports;
  private final List<byte[]> requests;
  private final List<Thread> clients = new ArrayList<>();
  private final LongAdder answered = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  /**
   * Starts to ask.
   *
   * @param count how many clients
   * @param requests whole requests, of which one is taken by chance each time
   */
  public KeepAliveClients(int count, List<Integer> ports, List<String> requests) {
    this.ports = List.copyOf(ports);
    this.requests =
        requests.stream().map(request -> request.getBytes(StandardCharsets.US_ASCII)).toList();
    for (int i = 0; i < count; i++) {
      SplittableRandom random = new SplittableRandom(i);
      clients.add(Thread.ofVirtual().start(() -> run(random)));
    }
  }

  public long answered() {
    return answered.sum();
  }

  public long connections() {
    return connections.sum();
  }

  /** The failures, one line for each request. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Waits for the responses that are under way. */
  @Override
  public void close() {
    over = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(SplittableRandom random) {
    Socket connection = null;
    try {
      while (!over) {
        if (connection == null) {
          connection = connect(random.nextInt(ports.size()));
        }
        connection = ask(connection, requests.get(random.nextInt(requests.size())));
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
      }
    } catch (IOException e) {
      failures.add("no node takes connections: " + e);
    } finally {
      close(connection);
    }
  }

  /** Twice around: the first node may come back in the moment in which the second one leaves. */
  private Socket connect(int liked) throws IOException {
    connections.increment();
    int tries = 2 * ports.size();
    for (int next = 0; next < tries - 1; next++) {
      try {
        return connectTo(ports.get((liked + next) % ports.size()));
      } catch (ConnectException refused) {
        // The next one.
      }
    }
    return connectTo(ports.get((liked + tries - 1) % ports.size()));
  }

  private static Socket connectTo(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    return socket;
  }

  /** Gives null where the connection is not to be used again. */
  private @Nullable Socket ask(Socket connection, byte[] request) {
    String step = "sending";
    try {
      connection.getOutputStream().write(request);
      step = "awaiting the response";
      InputStream in = new BufferedInputStream(connection.getInputStream());
      String head = readHead(in);
      step = "reading behind " + head;
      readBody(in, head);
      if (!head.startsWith("http/1.1 200 ")) {
        failures.add(head);
      }
      answered.increment();
      if (!head.contains("\r\nconnection: close\r\n")) {
        return connection;
      }
    } catch (IOException e) {
      failures.add(connection + ", " + step + ": " + e);
    }
    close(connection);
    return null;
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the connection ended in \"" + head + "\"");
      }
      head.append((char) c);
    }
    return head.toString().toLowerCase(Locale.ROOT);
  }

  private static void readBody(InputStream in, String head) throws IOException {
    int named = head.indexOf("\r\ncontent-length: ");
    if (named >= 0) {
      int from = named + "\r\ncontent-length: ".length();
      readFully(in, Integer.parseInt(head.substring(from, head.indexOf('\r', from))));
      return;
    }
    int size;
    do {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("the body broke off");
        }
        line.append((char) c);
      }
      size = Integer.parseInt(line.toString().strip(), 16);
      readFully(in, size + 2);
    } while (size > 0);
  }

  private static void readFully(InputStream in, int length) throws IOException {
    int read = in.readNBytes(length).length;
    if (read < length) {
      throw new IOException("the body broke off, " + (length - read) + " bytes are missing");
    }
  }

  private static void close(@Nullable Closeable connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
