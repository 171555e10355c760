package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.ClusterState;
import dev.limpet.model.HostPort;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Answers operators: {@code /api/v1/state}, {@code /ready} and {@code /alive}. */
public final class AdminServer {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String node;
  private final ClusterState cluster;
  private final Supplier<LiveNumbers> live;
  private final Supplier<String> notServing;

  private AdminServer(
      String node, ClusterState cluster, Supplier<LiveNumbers> live, Supplier<String> notServing) {
    this.node = node;
    this.cluster = cluster;
    this.live = live;
    this.notServing = notServing;
  }

  /**
   * Opens the admin listener.
   *
   * @param notServing why the traffic listeners are not open; empty when they are
   * @return fails with a {@link BindException} that names the address
   */
  public static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system,
      HostPort address,
      String node,
      ClusterState cluster,
      Supplier<LiveNumbers> live,
      Supplier<String> notServing) {
    AdminServer server = new AdminServer(node, cluster, live, notServing);
    return Http.get(system)
        .newServerAt(address.host(), address.port())
        .bindSync(server::answer)
        .exceptionallyCompose(
            failure -> {
              BindException named =
                  new BindException("cannot listen on " + address + ": the address is in use");
              named.initCause(failure);
              throw new CompletionException(named);
            });
  }

  private HttpResponse answer(HttpRequest request) {
    if (!request.method().equals(HttpMethods.GET) && !request.method().equals(HttpMethods.HEAD)) {
      return json(StatusCodes.METHOD_NOT_ALLOWED, Map.of("error", "use GET"))
          .addHeader(Allow.create(HttpMethods.GET, HttpMethods.HEAD));
    }
    return switch (request.getUri().path()) {
      case "/alive" -> json(StatusCodes.OK, Map.of("alive", true));
      case "/ready" -> ready();
      case "/api/v1/state" -> json(StatusCodes.OK, state());
      default ->
          json(
              StatusCodes.NOT_FOUND,
              Map.of("error", "there is /api/v1/state, /ready and /alive"));
    };
  }

  private HttpResponse ready() {
    String waitingFor = waitingFor(cluster.snapshot());
    return json(
        waitingFor.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
        Map.of("ready", waitingFor.isEmpty(), "waitingFor", waitingFor));
  }

  private String waitingFor(ClusterSnapshot snapshot) {
    String missing = snapshot.readiness().waitingFor();
    return missing.isEmpty() ? notServing.get() : missing;
  }

  private NodeState state() {
    ClusterSnapshot snapshot = cluster.snapshot();
    long uptime = ManagementFactory.getRuntimeMXBean().getUptime() / 1000;
    return NodeState.of(node, waitingFor(snapshot), snapshot, live.get(), uptime);
  }

  private static HttpResponse json(StatusCode status, Object body) {
    try {
      return HttpResponse.create()
          .withStatus(status)
          .withEntity(ContentTypes.APPLICATION_JSON, JSON.writeValueAsString(body) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("states are plain data", e);
    }
  }
}
