package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Caller;
import dev.limpet.admin.http.JsonBody;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ServerState;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code PATCH /api/v1/upstreams/NAME/servers/ID} with {@code {"state": "up" | "drain" | "down"}}.
 */
final class ServersApi {

  private static final Logger LOG = LoggerFactory.getLogger(ServersApi.class);

  private final ActorSystem<?> system;
  private final ClusterNode cluster;

  ServersApi(ActorSystem<?> system, ClusterNode cluster) {
    this.system = system;
    this.cluster = cluster;
  }

  CompletionStage<HttpResponse> patch(Call call) {
    ServerId server = named(call.variable("upstream"), call.variable("id"));
    if (find(server).isEmpty()) {
      throw new Problem(StatusCodes.NOT_FOUND, "there is no server " + server);
    }
    return JsonBody.read(call.request(), system)
        .thenCompose(body -> patch(server, body, call.caller()));
  }

  /** Status shows ids with their upstream before them; they are taken with and without. */
  private ServerId named(String upstream, String id) {
    ServerId whole = ServerId.of(upstream, id);
    return find(whole).isEmpty() && id.startsWith(upstream + "/")
        ? ServerId.of(upstream, id.substring(upstream.length() + 1))
        : whole;
  }

  private CompletionStage<HttpResponse> patch(ServerId server, JsonNode body, Caller caller) {
    List<String> fields = body.properties().stream().map(Map.Entry::getKey).toList();
    if (!fields.equals(List.of("state"))) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "expected {\"state\": \"up\"}, \"drain\" or \"down\", and nothing else; found " + fields);
    }
    AdminState wanted;
    try {
      wanted = AdminState.valueOf(body.path("state").asText().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new Problem(StatusCodes.BAD_REQUEST, "a state is \"up\", \"drain\" or \"down\"");
    }
    LOG.info("{} sets {} to {}", caller, server, wanted.name().toLowerCase(Locale.ROOT));
    return cluster
        .setState(server, wanted)
        .thenApply(
            agreed ->
                agreed
                    ? JsonResponses.json(
                        StatusCodes.OK,
                        Map.of(
                            "id", server.value(), "state", wanted.name().toLowerCase(Locale.ROOT)))
                    : JsonResponses.error(
                        StatusCodes.SERVICE_UNAVAILABLE,
                        "no majority of the nodes has answered; those that have not hear of it later"));
  }

  private Optional<ServerState> find(ServerId server) {
    return cluster.snapshot().servers().values().stream()
        .flatMap(List::stream)
        .filter(state -> state.server().id().equals(server))
        .findFirst();
  }
}
