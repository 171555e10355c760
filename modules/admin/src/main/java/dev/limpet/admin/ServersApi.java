package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.AdminState;
import dev.limpet.model.state.ServerState;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code PATCH /api/v1/upstreams/NAME/servers/ID} with {@code {"state": "up" | "drain" | "down"}}.
 */
final class ServersApi {

  private static final Logger LOG = LoggerFactory.getLogger(ServersApi.class);

  private static final Pattern PATH = Pattern.compile("/api/v1/upstreams/([^/]+)/servers/(.+)");

  private static final long MAX_BODY = 64 * 1024;
  private static final long BODY_TIMEOUT_MILLIS = 5_000;

  private final ActorSystem<?> system;
  private final ClusterNode cluster;

  ServersApi(ActorSystem<?> system, ClusterNode cluster) {
    this.system = system;
    this.cluster = cluster;
  }

  static boolean isAt(String path) {
    return PATH.matcher(path).matches();
  }

  CompletionStage<HttpResponse> patch(HttpRequest request) {
    Matcher path = PATH.matcher(request.getUri().path());
    if (!path.matches()) {
      throw new IllegalArgumentException(request.getUri().path());
    }
    ServerId server = named(decoded(path.group(1)), decoded(path.group(2)));
    if (find(server).isEmpty()) {
      return now(JsonResponses.error(StatusCodes.NOT_FOUND, "there is no server " + server));
    }
    return request
        .entity()
        .withSizeLimit(MAX_BODY)
        .toStrict(BODY_TIMEOUT_MILLIS, system)
        .thenCompose(body -> patch(server, body.getData().utf8String(), CallerCheck.who(request)))
        .exceptionally(
            failure -> JsonResponses.error(StatusCodes.BAD_REQUEST, "the body cannot be read"));
  }

  /** Status shows ids with their upstream before them; they are taken with and without. */
  private ServerId named(String upstream, String id) {
    ServerId whole = ServerId.of(upstream, id);
    return find(whole).isEmpty() && id.startsWith(upstream + "/")
        ? ServerId.of(upstream, id.substring(upstream.length() + 1))
        : whole;
  }

  /** Brackets around IPv6 may be escaped in a path. */
  private static String decoded(String segment) {
    return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private CompletionStage<HttpResponse> patch(ServerId server, String body, String who) {
    AdminState wanted;
    try {
      JsonNode json = JsonResponses.JSON.readTree(body);
      List<String> fields = json.properties().stream().map(Map.Entry::getKey).toList();
      if (!fields.equals(List.of("state"))) {
        return now(
            JsonResponses.error(
                StatusCodes.BAD_REQUEST,
                "expected {\"state\": \"up\"}, \"drain\" or \"down\", and nothing else; found "
                    + fields));
      }
      wanted = AdminState.valueOf(json.path("state").asText().toUpperCase(Locale.ROOT));
    } catch (JsonProcessingException e) {
      return now(
          JsonResponses.error(StatusCodes.BAD_REQUEST, "not JSON: " + e.getOriginalMessage()));
    } catch (IllegalArgumentException e) {
      return now(
          JsonResponses.error(StatusCodes.BAD_REQUEST, "a state is \"up\", \"drain\" or \"down\""));
    }
    LOG.info("{} sets {} to {}", who, server, wanted.name().toLowerCase(Locale.ROOT));
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

  private static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
