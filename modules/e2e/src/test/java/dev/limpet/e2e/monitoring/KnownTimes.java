package dev.limpet.e2e.monitoring;

import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests that take a known time: at least as long as the server says, and at most as long as the
 * client says, however late either of them is. So a percentile of what lies between lies between
 * their percentiles.
 */
final class KnownTimes {

  private static final Pattern WAIT = Pattern.compile("^GET (/wait/[0-9]+/[0-9a-z-]+) ");
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

  /** Connections to each node. */
  private static final int CLIENTS = 20;

  private final ConcurrentHashMap<String, Long> atServer = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Long> atClient = new ConcurrentHashMap<>();

  /**
   * Answers a request for {@code /wait/MICROSECONDS/NAME} after that time.
   *
   * @param request with its head
   * @return whether it was one
   */
  boolean serve(String request, Origin origin, Socket socket) throws IOException {
    long start = System.nanoTime();
    Matcher asked = WAIT.matcher(request);
    if (!asked.find()) {
      return false;
    }
    String path = asked.group(1);
    long end = start + 1000 * Long.parseLong(path.split("/", -1)[2]);
    for (long now = start; now < end; now = System.nanoTime()) {
      LockSupport.parkNanos(end - now);
    }
    atServer.put(path, System.nanoTime() - start);
    origin.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    return true;
  }

  /**
   * Has them sent and answered.
   *
   * @param round part of their names
   * @param requests to each node
   * @param micros how long each is to take, by number of the node
   */
  void send(
      String round, List<InetSocketAddress> nodes, int requests, List<IntToLongFunction> micros) {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int node = 0; node < nodes.size(); node++) {
        for (int client = 0; client < CLIENTS; client++) {
          int first = client;
          int number = node;
          all.add(
              clients.submit(
                  () -> {
                    try (Socket socket = new Socket()) {
                      socket.connect(nodes.get(number));
                      for (int i = first; i < requests; i += CLIENTS) {
                        long wait = micros.get(number).applyAsLong(i);
                        get(socket, "/wait/%d/%s-%d-%d".formatted(wait, round, number, i));
                      }
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }));
        }
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private void get(Socket socket, String path) throws IOException {
    long start = System.nanoTime();
    write(socket, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    readAnswer(socket);
    atClient.put(path, System.nanoTime() - start);
  }

  static void write(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  /** Reads a response that says how long it is. */
  static void readAnswer(Socket client) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int read = client.getInputStream().read();
      if (read < 0) {
        throw new IOException("the connection has ended after: " + head);
      }
      head.append((char) read);
    }
    Matcher length = LENGTH.matcher(head);
    if (!length.find()) {
      throw new IOException("no Content-Length: " + head);
    }
    client.getInputStream().skipNBytes(Long.parseLong(length.group(1)));
  }

  /** The times of a round, in seconds, ascending. */
  Bounds of(String round) {
    return new Bounds(seconds(atServer, round), seconds(atClient, round));
  }

  private static List<Double> seconds(ConcurrentHashMap<String, Long> nanos, String round) {
    return nanos.entrySet().stream()
        .filter(one -> one.getKey().contains("/" + round + "-"))
        .map(one -> one.getValue() / 1e9)
        .sorted()
        .toList();
  }

  /**
   * @param least what the server has measured
   * @param most what the clients have
   */
  record Bounds(List<Double> least, List<Double> most) {

    int count() {
      return most.size();
    }

    double least(double share) {
      return least.get(rank(share));
    }

    double most(double share) {
      return most.get(rank(share));
    }

    /** How many have surely taken no longer. */
    long surelyWithin(double seconds) {
      return most.stream().filter(time -> time <= seconds).count();
    }

    long perhapsWithin(double seconds) {
      return least.stream().filter(time -> time <= seconds).count();
    }

    private int rank(double share) {
      return Math.max(0, (int) Math.ceil(share * least.size()) - 1);
    }
  }
}
