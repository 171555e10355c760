package dev.limpet.admin;

import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.admin.changes.Candidates;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.live.ExportedSpans;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.PeerLink;
import dev.limpet.model.state.Traffic;
import dev.limpet.persistence.Registry;
import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The admin listener of a node that carries no traffic, with a registry that keeps nothing. */
public final class RunningAdmin implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The settings file, whose text may change. */
  private static final class File implements Candidates, Reloads {

    private final List<Consumer<Reloads.Outcome>> listeners = new CopyOnWriteArrayList<>();
    private volatile SettingsFile file;
    private volatile Settings current;

    File(String text) throws InvalidSettings {
      file = SettingsReader.open(text, "limpet.conf");
      current = file();
    }

    @Override
    public Reloads.Last last() {
      return new Reloads.Last(true, 1_000);
    }

    @Override
    public CompletionStage<Candidates.Outcome> preview(Overlay overlay) {
      try {
        SettingsFile.Reading reading = file.read(overlay);
        return CompletableFuture.completedFuture(
            new Candidates.Outcome(
                Optional.of(reading.settings()),
                List.of(),
                Changes.between(current, reading.settings()),
                reading.withoutEffect().stream()
                    .map(none -> new WithoutEffect(none.path(), none.change(), none.message()))
                    .toList()));
      } catch (InvalidSettings e) {
        return CompletableFuture.completedFuture(
            new Candidates.Outcome(
                Optional.empty(),
                e.problems().stream()
                    .map(
                        problem -> new Mistake(problem.changed(), problem.key(), problem.message()))
                    .toList(),
                List.of(),
                List.of()));
      }
    }

    @Override
    public Settings current() {
      return current;
    }

    @Override
    public Settings file() {
      try {
        return file.read().settings();
      } catch (InvalidSettings e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String export(Overlay overlay) {
      return "# " + overlay.values().size() + " values\n";
    }

    @Override
    public void listen(Consumer<Reloads.Outcome> listener) {
      listeners.add(listener);
    }

    @Override
    public CompletionStage<Reloads.Outcome> preview() {
      return CompletableFuture.completedFuture(
          new Reloads.Outcome(List.of(), List.of(), List.of(), List.of()));
    }

    @Override
    public CompletionStage<Reloads.Outcome> reload() {
      return preview()
          .thenApply(
              outcome -> {
                listeners.forEach(listener -> listener.accept(outcome));
                return outcome;
              });
    }
  }

  /** Other nodes, which say nothing. */
  private static final class Alone implements PeerLink {

    private volatile int majority = 1;

    @Override
    public List<Member> peers() {
      return List.of();
    }

    @Override
    public int majority() {
      return majority;
    }

    @Override
    public void send(long uid, byte[] message) {}

    @Override
    public void receive(BiConsumer<Long, byte[]> listener) {}
  }

  private final int port = Ports.free();
  private final ActorSystem<Void> system;
  private final ClusterNode cluster;
  private final Registry registry;
  private final AdminServer server;
  private final File file;
  private String text;
  private volatile @Nullable RequestSink requests;
  private final Alone peers = new Alone();
  private final HttpClient http = HttpClient.newHttpClient();

  /**
   * @param text settings beside those of the listeners, the cluster and the node
   * @param seen the registry as the API sees it
   */
  public RunningAdmin(String text, UnaryOperator<ChangeRegistry> seen) throws Exception {
    this("edge-1", Ports.free(), List.of(), text, seen, () -> Figures.NONE);
  }

  /**
   * One of several.
   *
   * @param others their ports in the cluster
   * @param figures what its data plane would have counted
   */
  public RunningAdmin(
      String name,
      int own,
      List<Integer> others,
      String text,
      UnaryOperator<ChangeRegistry> seen,
      Supplier<Figures> figures)
      throws Exception {
    Config config =
        ConfigFactory.parseString("akka.jvm-shutdown-hooks = off\nakka.log-dead-letters = off");
    this.text = withNode(name, own, others, text);
    file = new File(this.text);
    cluster = ClusterNode.start(file.file(), config, Optional.empty(), KubernetesFinder.NONE);
    system =
        ActorSystem.create(Behaviors.empty(), "admin", config.withFallback(ConfigFactory.load()));
    registry =
        Registry.start(
            system,
            new Registry.Surroundings(
                name,
                10_000,
                Duration.ofMinutes(1),
                Optional.empty(),
                config,
                peers,
                cluster::millis));
    registry.subscribe(this::apply);
    server =
        AdminServer.bind(
                system,
                file.file().admin().orElseThrow(),
                new AdminServer.Node(
                    name,
                    "0.1.0 (test)",
                    () ->
                        new Traffic(
                            Map.of(),
                            Map.of(),
                            Set.of(),
                            0,
                            0,
                            0,
                            new Traffic.Room(0, 0, 0, 0, 0, 0, 0),
                            0,
                            0,
                            List.of()),
                    figures,
                    () -> new ExportedSpans(0, 0),
                    sink -> requests = sink,
                    () -> new LoopHealth(1, 0, ""),
                    () -> "",
                    () -> 0,
                    file,
                    file,
                    seen.apply(registry)),
                cluster,
                (upstream, by, rule, id) -> {
                  throw new IllegalArgumentException("there is no affinity");
                })
            .toCompletableFuture()
            .get(1, TimeUnit.MINUTES);
  }

  private String withNode(String name, int own, List<Integer> others, String text) {
    String peers =
        Stream.concat(Stream.of(own), others.stream())
            .map(each -> "\"127.0.0.1:" + each + "\"")
            .collect(Collectors.joining(", "));
    return """
        limpet {
          node.name = %s
          listeners = [{ name = http, bind = "127.0.0.1:0" }]
          cluster { bind = "127.0.0.1:%d", peers = [%s] }
          admin.bind = "127.0.0.1:%d"
          %s
        }
        """
        .formatted(name, own, peers, port, text);
  }

  /** The settings file says something else, and has been read again. */
  public void rewrite(UnaryOperator<String> next) throws InvalidSettings {
    text = next.apply(text);
    file.file = SettingsReader.open(text, "limpet.conf");
    apply(registry.overlay());
  }

  private void apply(Overlay overlay) {
    try {
      file.current = file.file.readWhatGoes(overlay).settings();
      cluster.update(file.current);
    } catch (InvalidSettings e) {
      throw new IllegalStateException(e);
    }
  }

  public ChangeRegistry registry() {
    return registry;
  }

  /** A request has come to its end. */
  public void ended(RequestRecord request) {
    if (requests != null && requests.wants(false)) {
      requests.take(request);
    }
  }

  /** Where it listens. */
  public URI at(String target) {
    return URI.create("http://127.0.0.1:" + port + target);
  }

  public AdminServer server() {
    return server;
  }

  public ClusterNode cluster() {
    return cluster;
  }

  /** Waits until the node has formed its cluster. */
  public void awaitReady() {
    await().until(() -> ask("GET", "/ready", "").statusCode() == 200);
  }

  /** So many nodes there are, of which this one is the only one that can be reached. */
  public void nodes(int count) {
    peers.majority = count / 2 + 1;
  }

  /**
   * Of a stream it reads the first event.
   *
   * @param headers a line each
   */
  public HttpResponse<String> ask(String method, String target, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at(target))
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (String header : headers) {
      String[] parts = header.split(": ", 2);
      request.setHeader(parts[0], parts[1]);
    }
    return http.send(request.build(), FirstEvent::orAll);
  }

  public static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  /** Sends bytes as they are, and reads all that comes back until the connection ends. */
  public String raw(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              (head
                      + "\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                      + body.length
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() throws Exception {
    http.close();
    registry.close().toCompletableFuture().get(1, TimeUnit.MINUTES);
    system.terminate();
    cluster.leave().toCompletableFuture().get(1, TimeUnit.MINUTES);
  }
}
