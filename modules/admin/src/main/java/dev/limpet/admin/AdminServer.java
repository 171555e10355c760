package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.changes.Candidates;
import dev.limpet.admin.changes.ChangesApi;
import dev.limpet.admin.door.AdminListener;
import dev.limpet.admin.door.Door;
import dev.limpet.admin.events.EventSources;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Caller;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.JsonBody;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.admin.http.Router;
import dev.limpet.admin.live.Surroundings;
import dev.limpet.admin.metrics.Metrics;
import dev.limpet.admin.page.DashboardPage;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.live.ExportedSpans;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server of the admin API, which docs/operations.md lists. */
public final class AdminServer {

  /**
   * The node as its admin listener sees it.
   *
   * @param version of Limpet
   * @param figures what its data plane has counted and timed
   * @param spans of the traces that it has recorded
   * @param observe has single requests told to somebody
   * @param loops how its event loops do
   * @param notServing why the traffic listeners are not open; empty when they are
   * @param logDropped lines of the log that were never written, since the start
   * @param changes those made while nodes run
   */
  public record Node(
      String name,
      String version,
      Supplier<Traffic> traffic,
      Supplier<Figures> figures,
      Supplier<ExportedSpans> spans,
      Consumer<RequestSink> observe,
      Supplier<LoopHealth> loops,
      Supplier<String> notServing,
      LongSupplier logDropped,
      Reloads reloads,
      Candidates candidates,
      ChangeRegistry changes) {}

  private static final String RELOAD = "/api/v1/reload";

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  private final Node node;
  private final Door door;
  private final ActorSystem<?> system;
  private final ClusterNode cluster;
  private final SessionsApi sessions;
  private final Metrics metrics;
  private final Watching watching;
  private final Router router;

  private AdminServer(
      ActorSystem<?> system, Door door, Node node, ClusterNode cluster, SessionLookup keys) {
    this.node = node;
    this.door = door;
    this.cluster = cluster;
    this.sessions = new SessionsApi(cluster, keys);
    this.system = system;
    this.watching = new Watching(system, surroundings(), eventSources());
    this.metrics =
        new Metrics(
            cluster,
            node.changes(),
            node.traffic(),
            node.figures(),
            node.spans(),
            node.loops(),
            node.logDropped(),
            door.refusals(),
            node.version(),
            () -> node.reloads().last().successful(),
            () -> node.reloads().last().epochMillis(),
            watching::refused);
    door.onChange(watching::endStreams);
    node.observe().accept(watching.requests());
    node.reloads()
        .listen(outcome -> watching.events().reloaded(outcome.mistakes(), outcome.changes()));
    List<Endpoint> endpoints = new ArrayList<>(endpoints());
    endpoints.addAll(watching.endpoints());
    endpoints.addAll(changes(system, node, cluster).endpoints());
    endpoints.addAll(DashboardPage.endpoints());
    this.router = new Router(endpoints);
  }

  /**
   * Opens the admin listener.
   *
   * @return fails with a {@link BindException} that names the address, or an {@link IOException}
   *     that names a file
   */
  public static CompletionStage<AdminServer> bind(
      ActorSystem<?> system, Admin settings, Node node, ClusterNode cluster, SessionLookup keys) {
    AdminServer server;
    try {
      Door door = Door.of(system, settings, node.name());
      server = new AdminServer(system, door, node, cluster, keys);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return AdminListener.open(system, settings, server.door, server::answer)
        .thenApply(binding -> server);
  }

  /**
   * Reads what other settings name of tokens and certificates.
   *
   * @return has the listener go by them
   * @throws IOException names a file and what is wrong with it; then nothing has changed
   */
  public Runnable prepare(Admin settings) throws IOException {
    return door.prepare(settings);
  }

  /** The node is about to stop. */
  public void stopping() {
    watching.events().stopping();
  }

  /** The node is about to go: those who read streams are to come again, to another one. */
  public void endStreams() {
    watching.endStreams();
  }

  private static ChangesApi changes(ActorSystem<?> system, Node node, ClusterNode cluster) {
    return new ChangesApi(
        system,
        new ChangesApi.Surroundings(
            node.changes(),
            node.candidates(),
            () -> cluster.snapshot().servers(),
            () -> node.traffic().get().activeRequests(),
            cluster::millis));
  }

  private Surroundings surroundings() {
    return new Surroundings(
        node.name(),
        node.version(),
        node.figures(),
        node.traffic(),
        this::readiness,
        node.candidates()::current,
        node.changes(),
        cluster);
  }

  private EventSources eventSources() {
    return new EventSources(
        node.name(),
        node.traffic(),
        node.figures(),
        node.loops(),
        node.logDropped(),
        node.changes(),
        ChangesApi::summary,
        cluster::millis);
  }

  private List<Endpoint> endpoints() {
    return List.of(
        get("/alive", Access.ANYONE, () -> alive(node.loops().get())),
        get("/ready", Access.ANYONE, this::ready),
        get("/quorum", Access.ANYONE, this::quorum),
        new Endpoint(
            HttpMethods.GET, "/metrics", Access.METRICS, Set.of(), call -> now(metrics(call))),
        get("/api/v1/openapi.json", Access.READ, AdminServer::openApi),
        new Endpoint(
            HttpMethods.GET, "/api/v1/whoami", Access.READ, Set.of(), call -> now(whoAmI(call))),
        get("/api/v1/state", Access.READ, () -> JsonResponses.json(StatusCodes.OK, state())),
        new Endpoint(
            HttpMethods.GET,
            "/api/v1/sessions",
            Access.READ,
            SessionsApi.PARAMETERS,
            call -> now(sessions.answer(call))),
        new Endpoint(HttpMethods.GET, RELOAD, Access.READ, Set.of(), call -> preview()),
        new Endpoint(HttpMethods.POST, RELOAD, Access.ADMIN, Set.of(), this::reload));
  }

  private static HttpResponse openApi() {
    try (InputStream document =
        Objects.requireNonNull(AdminServer.class.getResourceAsStream("openapi.json"))) {
      return HttpResponse.create()
          .withEntity(ContentTypes.APPLICATION_JSON, document.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse metrics(Call call) {
    return metrics.answer(call.request().getHeader("Accept").map(HttpHeader::value).orElse(""));
  }

  private static HttpResponse whoAmI(Call call) {
    Caller caller = call.caller();
    return JsonResponses.json(
        StatusCodes.OK,
        Map.of(
            "name", caller.name(),
            "role", caller.role().name().toLowerCase(Locale.ROOT),
            "proven", caller.proven()));
  }

  /** All that is answered. */
  List<Endpoint> table() {
    return router.endpoints();
  }

  private static Endpoint get(String path, Access access, Supplier<HttpResponse> answer) {
    return new Endpoint(HttpMethods.GET, path, access, Set.of(), call -> now(answer.get()));
  }

  /**
   * Akka takes an error that a handler throws for one of the machine, and would end the node for
   * it.
   */
  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    try {
      return handle(request).exceptionally(failure -> problem(request, failure));
    } catch (RuntimeException | StackOverflowError | LinkageError thrown) {
      JsonBody.discard(request, system);
      return now(problem(request, thrown));
    }
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request) {
    Endpoint endpoint = router.find(request);
    return door.answer(
        request,
        endpoint == null ? Access.READ : endpoint.access(),
        caller -> handle(request, caller));
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request, Caller caller) {
    Call call = router.call(request, caller);
    if (request.method().equals(HttpMethods.GET) || request.method().equals(HttpMethods.HEAD)) {
      JsonBody.discard(request, system);
    }
    return call.answer();
  }

  private static HttpResponse problem(HttpRequest request, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Problem problem) {
      return problem.response();
    }
    LOG.error("{} {} has failed", request.method().value(), request.getUri().path(), cause);
    return JsonResponses.error(
        StatusCodes.INTERNAL_SERVER_ERROR, "an error of Limpet's own; the log has it");
  }

  private CompletionStage<HttpResponse> preview() {
    return node.reloads().preview().thenApply(AdminServer::outcome);
  }

  private CompletionStage<HttpResponse> reload(Call call) {
    LOG.info("{} has the settings read again", call.caller());
    JsonBody.discard(call.request(), system);
    return node.reloads().reload().thenApply(AdminServer::outcome);
  }

  private static HttpResponse outcome(Reloads.Outcome outcome) {
    return outcome.mistakes().isEmpty()
        ? JsonResponses.json(StatusCodes.OK, outcome)
        : new Problem(
                StatusCodes.UNPROCESSABLE_CONTENT,
                "nothing has changed, for there are mistakes in the settings file")
            .kind("settings", "The settings file has mistakes")
            .with("mistakes", outcome.mistakes())
            .response();
  }

  /** A loop that does not come back takes its connections along, and only a new process helps. */
  static HttpResponse alive(LoopHealth loops) {
    return loops.lost().isEmpty()
        ? JsonResponses.json(StatusCodes.OK, Map.of("alive", true))
        : JsonResponses.json(
            StatusCodes.SERVICE_UNAVAILABLE, Map.of("alive", false, "reason", loops.lost()));
  }

  /** Whether clients should be sent here. */
  private HttpResponse ready() {
    ClusterSnapshot.Readiness readiness = readiness();
    return JsonResponses.json(
        readiness.ready() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
        Map.of(
            "ready", readiness.ready(),
            "degraded", readiness.degraded(),
            "waitingFor", readiness.waitingFor()));
  }

  /** Whether all that is promised of sessions holds here, which needs a majority of the nodes. */
  private HttpResponse quorum() {
    String waitingFor = readiness().waitingFor();
    return JsonResponses.json(
        waitingFor.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
        Map.of("quorum", waitingFor.isEmpty(), "waitingFor", waitingFor));
  }

  /** A node that does not serve is not ready, degraded or not. */
  private ClusterSnapshot.Readiness readiness() {
    String notServing = node.notServing().get();
    ClusterSnapshot.Readiness ofCluster = cluster.snapshot().readiness();
    if (notServing.isEmpty()) {
      return ofCluster;
    }
    return new ClusterSnapshot.Readiness(
        ofCluster.waitingFor().isEmpty() ? notServing : ofCluster.waitingFor(), false);
  }

  private NodeState state() {
    ClusterSnapshot snapshot = cluster.snapshot();
    long uptime = ManagementFactory.getRuntimeMXBean().getUptime() / 1000;
    return NodeState.of(
        node.name(),
        readiness(),
        snapshot,
        node.traffic().get(),
        cluster.sessions().size(),
        node.changes().trouble(),
        uptime);
  }

  private static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
