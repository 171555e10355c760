package dev.limpet.e2e;

import static org.awaitility.Awaitility.await;

import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One Limpet process. */
public final class LimpetNode implements AutoCloseable {

  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  /** What the build has packaged, and the launcher runs. */
  static final Path DISTRIBUTION =
      Path.of("..", "node", "target", "dist").toAbsolutePath().normalize();

  private final String name;
  private final int port;
  private final int adminPort = Ports.free();
  private final int clusterPort = Ports.free();
  private final int tlsPort = Ports.free();
  private final Path directory;
  private final Machine machine;
  private String settings = "";

  /** Several nodes share few cores here: code that is compiled soon matters more than fast code. */
  private List<String> jvmOptions = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");

  private @Nullable Child child;

  LimpetNode(String name, Path directory) {
    this(name, directory, Ports.free());
  }

  public LimpetNode(String name, Path directory, Machine machine) {
    this(name, directory, machine, Ports.free());
  }

  /**
   * @param port where clients come to
   */
  LimpetNode(String name, Path directory, int port) {
    this(name, directory, Machine.LOCAL, port);
  }

  private LimpetNode(String name, Path directory, Machine machine, int port) {
    this.name = name;
    this.machine = machine;
    this.directory = directory;
    this.port = port;
  }

  /** A cluster of nodes that forward everything to the backends, with a cookie. */
  static List<LimpetNode> cluster(int size, Path directory, List<ChatBackend> backends) {
    return cluster(size, directory, backends, null, "");
  }

  /**
   * @param certificate with which the nodes speak TLS at their {@link #tlsPort}; null: they do not
   * @param more settings
   */
  static List<LimpetNode> cluster(
      int size,
      Path directory,
      List<ChatBackend> backends,
      @Nullable Certificate certificate,
      String more) {
    List<LimpetNode> nodes = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      nodes.add(new LimpetNode("node-" + i, directory));
    }
    String peers =
        nodes.stream()
            .map(node -> "\"" + node.clusterAddress() + "\"")
            .collect(Collectors.joining(", "));
    String servers =
        backends.stream()
            .map(backend -> "{ address = \"127.0.0.1:" + backend.port() + "\" }")
            .collect(Collectors.joining(", "));
    for (LimpetNode node : nodes) {
      node.start(
          """
          upstreams.nodejs {
            servers = [ %s ]
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          cluster.peers = [ %s ]
          %s
          %s
          """
              .formatted(
                  servers, peers, certificate == null ? "" : node.tlsListener(certificate), more));
    }
    nodes.forEach(LimpetNode::awaitReady);
    return nodes;
  }

  LimpetNode jvmOptions(String... options) {
    jvmOptions = List.of(options);
    return this;
  }

  public void start(String upstreamsAndHosts) {
    settings =
        """
        limpet {
          node { name = %s, event-loops = 1, drain-timeout = 10s }
          listeners = [ { name = http, bind = "%s:%d" } ]
          admin { bind = "%s:%d", hosts = [ affinity.test ], insecure = on }
          cluster.bind = "%s"
          %s
        }
        """
            .formatted(
                name,
                machine.address(),
                port,
                machine.address(),
                adminPort,
                clusterAddress(),
                upstreamsAndHosts);
    restart();
  }

  /**
   * Starts it with a whole settings file; only its name, its admin API and its place in the cluster
   * are added.
   */
  void startFrom(String file) {
    settings =
        file
            + """

            limpet { node { name = %s, event-loops = 1 }, admin { bind = "%s:%d", insecure = on }, cluster.bind = "%s" }
            """
                .formatted(name, machine.address(), adminPort, clusterAddress());
    restart();
  }

  /** Starts the program with other arguments. */
  static Child command(Path directory, String... arguments) {
    List<String> command = new ArrayList<>(program(List.of("-XX:TieredStopAtLevel=1")));
    command.addAll(List.of(arguments));
    return Child.start(arguments[0], directory, command, Map.of());
  }

  /** Starts the process again with the same settings. */
  public void restart() {
    try {
      Path file = directory.resolve(name + ".conf");
      Files.writeString(file, settings);
      List<String> command = new ArrayList<>(machine.enter());
      command.addAll(program(jvmOptions));
      command.addAll(List.of("run", "--config", file.toString()));
      child = Child.start(name, directory, command, machine.environment());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String url(String path) {
    return "http://" + machine.address() + ":" + port + path;
  }

  /** Where clients come to. */
  public InetSocketAddress address() {
    return new InetSocketAddress(machine.address(), port);
  }

  public InetSocketAddress adminAddress() {
    return new InetSocketAddress(machine.address(), adminPort);
  }

  /** Where the other nodes reach it. */
  public String clusterAddress() {
    return machine.clusterAddress() + ":" + clusterPort;
  }

  public String name() {
    return name;
  }

  /** Removes what it has kept in {@code node.data}. */
  public void eraseData() {
    Path data = directory.resolve("data").resolve(name);
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its settings and logs are. */
  Path directory() {
    return directory;
  }

  int port() {
    return port;
  }

  /** Where clients come to by TLS. */
  int tlsPort() {
    return tlsPort;
  }

  public Child process() {
    return Objects.requireNonNull(child, "start it first");
  }

  public void awaitReady() {
    await(name + " is ready")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              if (!process().isAlive()) {
                throw new IllegalStateException(name + " has ended: " + process().output());
              }
              return isReady();
            });
  }

  HttpResponse<String> admin(String path) {
    return get(adminUrl(path));
  }

  String adminUrl(String path) {
    return "http://" + machine.address() + ":" + adminPort + path;
  }

  static HttpResponse<String> get(String url, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(90));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process().close();
  }

  private static List<String> program(List<String> jvmOptions) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Stream.of(
            Stream.of(
                java,
                "@" + DISTRIBUTION.resolve("jvm.options"),
                "-XX:AOTCache=" + DISTRIBUTION.resolve("limpet.aot")),
            jvmOptions.stream(),
            Stream.of("-cp", DISTRIBUTION.resolve("lib") + "/*", "dev.limpet.node.Main"))
        .flatMap(parts -> parts)
        .toList();
  }

  private String tlsListener(Certificate certificate) {
    return """
        listeners += {
          name = https
          bind = "127.0.0.1:%d"
          tls.certificates = [ { certificate = "%s", key = "%s" } ]
        }
        """
        .formatted(tlsPort, certificate.certificate(), certificate.key());
  }

  private boolean isReady() {
    try {
      return admin("/ready").statusCode() == 200;
    } catch (UncheckedIOException notListening) {
      return false;
    }
  }
}
