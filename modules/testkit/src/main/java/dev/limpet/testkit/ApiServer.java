package dev.limpet.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes API server on the loopback that knows EndpointSlices only: it lists them, tells of
 * changes since a resource version (watch, BOOKMARK, 410 Gone for what it has forgotten), and wants
 * a token. It can do so slowly, badly, or not at all.
 *
 * <p>Where Limpet's nodes are to find it: {@code kubernetes { api = url(), service-account =
 * writeAccount(folder) }}.
 */
public final class ApiServer implements AutoCloseable {

  private static final Pattern PATH =
      Pattern.compile("/apis/discovery[.]k8s[.]io/v1/namespaces/([^/]+)/endpointslices");

  private record Fault(int status, String body) {}

  private final Optional<TestCertificate> certificate;
  private final int port = Ports.free();
  private final SliceHistory history = new SliceHistory();
  private final AtomicInteger lists = new AtomicInteger();
  private final AtomicInteger watches = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile String token = "first-token";
  private volatile boolean goneByStatus;
  private volatile @Nullable Fault fault;
  private boolean stalled;
  private @Nullable HttpServer server;

  /** One without TLS. */
  public ApiServer() {
    this(Optional.empty());
  }

  /** One that shows a certificate, for {@code ip:127.0.0.1}. */
  public ApiServer(TestCertificate certificate) {
    this(Optional.of(certificate));
  }

  private ApiServer(Optional<TestCertificate> certificate) {
    this.certificate = certificate;
    comeBack();
  }

  public String url() {
    return (certificate.isPresent() ? "https" : "http") + "://127.0.0.1:" + port;
  }

  /**
   * Writes what a pod finds in {@code /var/run/secrets/kubernetes.io/serviceaccount}: the token,
   * the namespace "default", and the authority's certificate.
   *
   * @return the folder
   */
  public Path writeAccount(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("namespace"), "default");
      if (certificate.isPresent()) {
        Files.copy(
            certificate.get().chain(),
            folder.resolve("ca.crt"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      writeToken(folder, token);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes another token there, as the kubelet does. */
  public static void writeToken(Path folder, String token) {
    try {
      Path next = Files.writeString(folder.resolve("token.next"), token + "\n");
      Files.move(next, folder.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Wants this token from now on, and answers others with 401. */
  public void wantToken(String token) {
    this.token = token;
  }

  /** Has this slice from now on, instead of the one of its name. */
  public void put(TestSlice slice) {
    history.put(slice);
  }

  public void delete(TestSlice slice) {
    history.delete(slice);
  }

  /** Has these slices and no others; forgets that it ever had, and tells nobody. */
  public void replaceUnseen(TestSlice... all) {
    history.replaceUnseen(all);
  }

  /** Forgets all changes until now: who asks for those since an earlier version gets 410 Gone. */
  public void forget() {
    history.forget();
  }

  /** Whether 410 is the status of the answer, rather than an event of a watch. */
  public void sayGoneByStatus(boolean byStatus) {
    goneByStatus = byStatus;
  }

  /** Forgets all changes until now, tells those who watch (410 Gone), and ends their watches. */
  public void expire() {
    history.expire();
  }

  /** Tells all who watch how far they are. */
  public void bookmark() {
    history.bookmark();
  }

  /** Writes a line to all who watch. */
  public void tell(String line) {
    history.tell(line);
  }

  /** Ends all watches as it does when their time is over. */
  public void endWatches() {
    history.endAll(false);
  }

  /** Breaks the connections of all who watch. */
  public void cutWatches() {
    history.endAll(true);
  }

  /** Answers everything with this from now on. */
  public void answer(int status, String body) {
    fault = new Fault(status, body);
  }

  /** Answers everything as it does to those who may not. */
  public void forbid() {
    answer(
        403,
        status(
            403,
            "Forbidden",
            "endpointslices.discovery.k8s.io is forbidden: User"
                + " \\\"system:serviceaccount:default:limpet\\\" cannot list resource"
                + " \\\"endpointslices\\\" in API group \\\"discovery.k8s.io\\\" in the namespace"
                + " \\\"default\\\""));
  }

  /** Answers truly again. */
  public void answerTruly() {
    fault = null;
  }

  /** Whether its answers, and what it tells those who watch, stop in the middle. */
  public synchronized void stall(boolean all) {
    stalled = all;
    notifyAll();
  }

  /** Nothing listens at its port from now on. */
  public void goAway() {
    HttpServer gone;
    synchronized (this) {
      gone = server;
      server = null;
      notifyAll();
    }
    // First, so that nobody who is cut off connects to it once more.
    if (gone != null) {
      gone.stop(0);
    }
    history.endAll(true);
  }

  /** Listens again, if it does not. */
  public synchronized void comeBack() {
    if (server != null) {
      return;
    }
    try {
      InetSocketAddress at = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      HttpServer created;
      if (certificate.isPresent()) {
        HttpsServer https = HttpsServer.create(at, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(certificate.get().serverContext()));
        created = https;
      } else {
        created = HttpServer.create(at, 0);
      }
      created.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      created.createContext("/", this::serve);
      created.start();
      server = created;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many lists it has been asked for. */
  public int lists() {
    return lists.get();
  }

  /** How many watches it has been asked for; the last one hears of all that comes. */
  public int watches() {
    return watches.get();
  }

  /** How many watches are under way. */
  public int watching() {
    return history.watching();
  }

  /** How many requests it has refused for their token. */
  public int refused() {
    return refused.get();
  }

  @Override
  public void close() {
    goAway();
  }

  private void serve(HttpExchange exchange) throws IOException {
    Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    Fault answer = fault;
    if (answer != null) {
      send(exchange, answer.status(), answer.body());
    } else if (!("Bearer " + token)
        .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      refused.incrementAndGet();
      send(exchange, 401, status(401, "Unauthorized", "Unauthorized"));
    } else if (!path.matches()) {
      send(exchange, 404, status(404, "NotFound", "the server could not find the resource"));
    } else {
      serve(
          exchange,
          new SliceHistory.Query(path.group(1), query.getOrDefault("labelSelector", "")),
          query);
    }
  }

  private void serve(HttpExchange exchange, SliceHistory.Query slices, Map<String, String> query)
      throws IOException {
    if (!query.containsKey("watch")) {
      lists.incrementAndGet();
      send(exchange, 200, history.list(slices));
      return;
    }
    long since = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
    if (goneByStatus && since > 0 && history.isForgotten(since)) {
      watches.incrementAndGet();
      send(exchange, 410, history.gone());
      return;
    }
    long seconds = Long.parseLong(query.getOrDefault("timeoutSeconds", "1800"));
    SliceHistory.Watch watch = history.begin(slices, since);
    watches.incrementAndGet();
    watch(exchange, watch, System.nanoTime() + seconds * 1_000_000_000L);
  }

  private void watch(HttpExchange exchange, SliceHistory.Watch watch, long end) throws IOException {
    try {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      out.flush();
      for (String line = history.next(watch, end); line != null; line = history.next(watch, end)) {
        write(out, line + "\n");
      }
      if (history.isCut(watch)) {
        throw new IOException("cut: the server closes the connection as it is");
      }
      out.close();
    } finally {
      history.end(watch);
    }
  }

  private void send(HttpExchange exchange, int status, String body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      write(out, body);
    }
  }

  /** In two pieces, between which it may stall. */
  private void write(OutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int half = bytes.length / 2;
    out.write(bytes, 0, half);
    out.flush();
    awaitNoStall();
    out.write(bytes, half, bytes.length - half);
    out.flush();
  }

  private synchronized void awaitNoStall() {
    try {
      while (stalled && server != null) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static String status(int code, String reason, String message) {
    return """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"%s",\
        "reason":"%s","code":%d}"""
        .formatted(message, reason, code);
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(
          URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
          parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }
}
