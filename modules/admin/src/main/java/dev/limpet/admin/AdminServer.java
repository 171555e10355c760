package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import akka.http.javadsl.settings.ServerSettings;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.net.BindFailure;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server of the admin API, which docs/operations.md lists. */
public final class AdminServer {

  /**
   * The node as its admin listener sees it.
   *
   * @param loops how its event loops do
   * @param notServing why the traffic listeners are not open; empty when they are
   * @param logDropped lines of the log that were never written, since the start
   */
  public record Node(
      String name,
      Supplier<Traffic> traffic,
      Supplier<LoopHealth> loops,
      Supplier<String> notServing,
      LongSupplier logDropped,
      Reloads reloads) {}

  private static final String RELOAD = "/api/v1/reload";

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  /** Asked by load balancers and orchestrators, by whatever name; the answer is yes or no. */
  private static final Set<String> FOR_ANYONE = Set.of("/alive", "/ready");

  private final Node node;
  private final CallerCheck callers;
  private final ActorSystem<?> system;
  private final ClusterNode cluster;
  private final SessionsApi sessions;
  private final ServersApi servers;
  private final Metrics metrics;

  private AdminServer(
      ActorSystem<?> system,
      Settings.Admin settings,
      Node node,
      ClusterNode cluster,
      SessionLookup keys) {
    this.node = node;
    this.callers = new CallerCheck(settings, node.name());
    this.cluster = cluster;
    this.sessions = new SessionsApi(cluster, keys);
    this.servers = new ServersApi(system, cluster);
    this.system = system;
    this.metrics = new Metrics(cluster, node.traffic(), node.loops(), node.logDropped());
  }

  /**
   * Opens the admin listener.
   *
   * @return fails with a {@link BindException} that names the address
   */
  public static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system,
      Settings.Admin settings,
      Node node,
      ClusterNode cluster,
      SessionLookup keys) {
    AdminServer server = new AdminServer(system, settings, node, cluster, keys);
    HostPort address = settings.bind();
    return Http.get(system)
        .newServerAt(address.host(), address.port())
        .withSettings(
            ServerSettings.create(Adapter.toClassic(system)).withRemoteAddressAttribute(true))
        .bind(server::answer)
        .exceptionallyCompose(
            failure -> {
              throw new CompletionException(BindFailure.of(address, failure));
            });
  }

  /**
   * Akka takes an error that a handler throws for one of the machine, and would end the node for
   * it.
   */
  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    try {
      return handle(request);
    } catch (StackOverflowError | LinkageError thrown) {
      return CompletableFuture.failedFuture(new IllegalStateException(thrown));
    }
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request) {
    HttpResponse refusal =
        FOR_ANYONE.contains(request.getUri().path()) ? null : callers.refusal(request);
    if (refusal != null) {
      request.discardEntityBytes(system);
      return now(refusal);
    }
    String path = request.getUri().path();
    HttpMethod method = request.method();
    if (ServersApi.isAt(path)) {
      return method.equals(HttpMethods.PATCH)
          ? servers.patch(request)
          : now(notAllowed("use PATCH", HttpMethods.PATCH));
    }
    if (path.equals(RELOAD)) {
      return reload(request);
    }
    return now(
        method.equals(HttpMethods.GET) || method.equals(HttpMethods.HEAD)
            ? get(path, request)
            : notAllowed("use GET", HttpMethods.GET, HttpMethods.HEAD));
  }

  private CompletionStage<HttpResponse> reload(HttpRequest request) {
    HttpMethod method = request.method();
    if (method.equals(HttpMethods.POST)) {
      LOG.info("{} has the settings read again", CallerCheck.who(request));
      return node.reloads().reload().thenApply(AdminServer::outcome);
    }
    return method.equals(HttpMethods.GET)
        ? node.reloads().preview().thenApply(AdminServer::outcome)
        : now(
            notAllowed(
                "use POST, or GET for what a POST would do", HttpMethods.POST, HttpMethods.GET));
  }

  private static HttpResponse outcome(Reloads.Outcome outcome) {
    return JsonResponses.json(
        outcome.mistakes().isEmpty() ? StatusCodes.OK : StatusCodes.UNPROCESSABLE_CONTENT, outcome);
  }

  private HttpResponse get(String path, HttpRequest request) {
    return switch (path) {
      case "/alive" -> alive(node.loops().get());
      case "/ready" -> ready();
      case "/quorum" -> quorum();
      case "/metrics" ->
          HttpResponse.create().withEntity(ContentTypes.TEXT_PLAIN_UTF8, metrics.text());
      case "/api/v1/state" -> JsonResponses.json(StatusCodes.OK, state());
      case "/api/v1/sessions" -> sessions.answer(request.getUri().query());
      default ->
          JsonResponses.error(
              StatusCodes.NOT_FOUND,
              "there is /api/v1/state, /api/v1/sessions, /api/v1/reload,"
                  + " /api/v1/upstreams/NAME/servers/ID, /metrics, /ready, /quorum and /alive");
    };
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
        uptime);
  }

  private static HttpResponse notAllowed(String use, HttpMethod... allowed) {
    return JsonResponses.error(StatusCodes.METHOD_NOT_ALLOWED, use)
        .addHeader(Allow.create(allowed));
  }

  private static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
