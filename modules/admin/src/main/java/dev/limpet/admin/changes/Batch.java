package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.Uri;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.Problem;
import dev.limpet.admin.http.Router;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code POST /api/v1/batch}: a list of operations, each with {@code method}, {@code path}, {@code
 * body} and {@code if-match} as a request of its own would have them. One change for all of them,
 * or none.
 */
final class Batch {

  static final String PATH = "/api/v1/batch";

  private static final int MOST = 1000;
  private static final String METHOD = "method";
  private static final String PLACE = "path";
  private static final String BODY = "body";
  private static final String MATCH = "if-match";
  private static final Set<String> MEMBERS = Set.of(METHOD, PLACE, BODY, MATCH);

  /** An operation that cannot be. */
  private record Failed(int index, String path, Problem problem) {}

  private final Router router;
  private final Map<Endpoint, Operation> operations;
  private final Function<Plan.Stale, Problem> stale;

  /**
   * @param operations by the endpoints that do one of them alone
   * @param stale says what is newer than an If-Match
   */
  Batch(Map<Endpoint, Operation> operations, Function<Plan.Stale, Problem> stale) {
    this.router = new Router(operations.keySet().stream().map(Endpoint::withoutQuery).toList());
    this.operations = new LinkedHashMap<>();
    operations.forEach(
        (endpoint, operation) -> this.operations.put(endpoint.withoutQuery(), operation));
    this.stale = stale;
  }

  Operation.Answer plan(Call call, JsonNode body, Plan plan) {
    if (!body.isArray() || body.isEmpty() || body.size() > MOST) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "expected a list of 1 to %d operations such as [{\"method\": \"PATCH\", \"path\": \"%s\", \"body\": {\"state\": \"drain\"}}]"
              .formatted(MOST, "/api/v1/upstreams/app/servers/10.0.0.5:3000"));
    }
    List<Operation.Answer> answers = new ArrayList<>();
    List<Failed> failed = new ArrayList<>();
    for (int i = 0; i < body.size(); i++) {
      plan.operation(i);
      try {
        answers.add(operation(call, body.get(i), plan));
      } catch (Plan.Stale e) {
        failed.add(new Failed(i, body.get(i).path(PLACE).asText(), stale.apply(e)));
      } catch (Problem e) {
        failed.add(new Failed(i, body.get(i).path(PLACE).asText(), e));
      }
    }
    if (!failed.isEmpty()) {
      throw problem(failed, plan);
    }
    return new Operation.Answer(
        StatusCodes.OK,
        Optional.empty(),
        site -> Optional.empty(),
        site -> Map.of("results", answers.stream().map(answer -> result(answer, site)).toList()));
  }

  private static Problem problem(List<Failed> failed, Plan plan) {
    Failed first = failed.getFirst();
    for (Failed operation : failed) {
      plan.operation(operation.index());
      plan.wrong(PLACE, operation.problem().detail(), null);
    }
    StatusCode status = first.problem().status();
    // One that is of no use here says which methods the path has, not which the batch has.
    return new Problem(
            status.equals(StatusCodes.METHOD_NOT_ALLOWED) ? StatusCodes.BAD_REQUEST : status,
            "nothing was changed, for operation %d (%s) cannot be: %s"
                .formatted(first.index(), first.path(), first.problem().detail()))
        .kind("batch", "An operation cannot be done")
        .with("errors", plan.wrong());
  }

  private Operation.Answer operation(Call whole, JsonNode json, Plan plan) {
    if (!json.isObject()) {
      throw new Problem(StatusCodes.BAD_REQUEST, "expected an object with method, path and body");
    }
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      if (!MEMBERS.contains(member.getKey())) {
        plan.wrong(
            member.getKey(),
            "no such field" + Site.near(member.getKey(), MEMBERS),
            member.getValue());
      }
    }
    Call call = router.call(request(json), whole.caller());
    Operation operation = operations.get(call.endpoint());
    if (operation == null) {
      throw new IllegalStateException(call.endpoint().path());
    }
    JsonNode match = json.path(MATCH);
    if (!match.isMissingNode() && !match.isTextual()) {
      throw new Problem(StatusCodes.BAD_REQUEST, "if-match is a text such as \"*\"");
    }
    boolean takesBody = !call.endpoint().method().equals(HttpMethods.DELETE);
    JsonNode body = json.path(BODY);
    if (takesBody == body.isMissingNode()) {
      throw new Problem(
          StatusCodes.BAD_REQUEST, takesBody ? "there is no body" : "DELETE takes no body");
    }
    plan.enter(BODY + ".");
    return operation.plan(
        call,
        takesBody ? body : MissingNode.getInstance(),
        Tag.Match.read(Optional.ofNullable(match.textValue())),
        plan);
  }

  private static HttpRequest request(JsonNode json) {
    Optional<HttpMethod> method = HttpMethods.lookup(json.path(METHOD).asText());
    if (method.isEmpty()) {
      throw new Problem(StatusCodes.BAD_REQUEST, "a method is POST, PATCH or DELETE");
    }
    String path = json.path(PLACE).asText();
    if (!path.startsWith("/")) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "a path is one such as /api/v1/upstreams/app/servers, not \"%s\"".formatted(path));
    }
    try {
      return HttpRequest.create().withMethod(method.get()).withUri(Uri.create(path, Uri.RELAXED));
    } catch (akka.http.scaladsl.model.IllegalUriException e) {
      throw new Problem(StatusCodes.BAD_REQUEST, "the path cannot be read: " + e.getMessage());
    }
  }

  private static Map<String, Object> result(Operation.Answer answer, Site site) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("status", answer.status().intValue());
    answer.location().ifPresent(location -> result.put("location", location));
    answer.tag().apply(site).ifPresent(tag -> result.put("etag", tag));
    result.putAll(answer.body().apply(site));
    return result;
  }
}
