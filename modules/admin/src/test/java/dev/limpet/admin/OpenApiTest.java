package dev.limpet.admin;

import static dev.limpet.admin.RunningAdmin.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.testkit.Ports;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The document that a node serves of its API says what the node does. */
class OpenApiTest {

  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

  private static final ObjectMapper JSON = new ObjectMapper();

  private static RunningAdmin admin;
  private static JsonNode document;

  /** What has been asked and answered as described: method, path and status. */
  private final Set<String> seen = new TreeSet<>();

  @BeforeAll
  static void start() throws Exception {
    admin =
        new RunningAdmin(
            "edge-1",
            Ports.free(),
            List.of(),
            """
            upstreams.nodejs.servers = [{ address = "10.0.0.5:3000" }, { address = "10.0.0.7:3000" }]
            upstreams.canary.servers = [{ address = "10.0.1.5:3000" }]
            hosts = [
              { names = ["a.example"], routes = [
                { name = shop, path = "/", upstream = nodejs }, { path = "/x", upstream = nodejs }] }
              { names = ["b.example"], routes = [{ path = "/x", upstream = canary }] }]
            """,
            UnaryOperator.identity(),
            new Counted());
    admin.awaitReady();
    HttpResponse<String> served = admin.ask("GET", "/api/v1/openapi.json", "");
    document = json(served);
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
  }

  @Test
  void everyEndpointIsDescribedAndNoOther() {
    Map<String, Set<String>> described = new TreeMap<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method -> {
                          if (!method.getKey().equals("parameters")) {
                            described.put(
                                method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                query(method.getValue()));
                          }
                        }));
    Map<String, Set<String>> known = new TreeMap<>();
    for (Endpoint endpoint : api()) {
      known.put(endpoint.method().value() + " " + endpoint.path(), new TreeSet<>(endpoint.query()));
    }
    assertThat(described).isEqualTo(known);
  }

  /** The dashboard's files are for browsers. */
  private static List<Endpoint> api() {
    return admin.server().table().stream()
        .filter(endpoint -> endpoint.access() != Access.PAGE)
        .toList();
  }

  private static Set<String> query(JsonNode operation) {
    Set<String> names = new TreeSet<>();
    for (JsonNode parameter : operation.path("parameters")) {
      JsonNode resolved = resolved(parameter);
      if (resolved.path("in").asText().equals("query")) {
        names.add(resolved.path("name").asText());
      }
    }
    return names;
  }

  private static JsonNode resolved(JsonNode node) {
    String ref = node.path("$ref").asText();
    return ref.isEmpty() ? node : document.at(ref.substring(1));
  }

  @Test
  void answersAreAsDescribed() throws Exception {
    String servers = "/api/v1/upstreams/{upstream}/servers";
    String server = servers + "/{id}";
    String shares = "/api/v1/routes/{route}/shares";
    Map<String, String> nodejs = Map.of("upstream", "nodejs");
    Map<String, String> one = Map.of("upstream", "nodejs", "id", "10.0.0.5:3000");
    Map<String, String> shop = Map.of("route", "shop");
    for (String path :
        List.of(
            "/alive",
            "/ready",
            "/quorum",
            "/metrics",
            "/api/v1/state",
            "/api/v1/sessions",
            "/api/v1/reload",
            "/api/v1/openapi.json",
            "/api/v1/whoami",
            "/api/v1/upstreams",
            "/api/v1/routes",
            "/api/v1/live")) {
      ask("GET", path, Map.of(), "", "");
    }
    assertThat(
            ask("GET", "/api/v1/events", Map.of(), "?since=1&kind=node-started", "").path("events"))
        .isNotEmpty();
    ask("GET", "/api/v1/events", Map.of(), "?severity=bad", "");
    ask("GET", "/api/v1/events", Map.of(), "?since=yesterday", "");
    stream("/api/v1/live/stream", "", "live", "Live");
    ask("GET", "/api/v1/requests/stream", Map.of(), "?status=700", "");
    ask("GET", "/api/v1/requests/stream", Map.of(), "?min=long", "");
    try (ScheduledExecutorService clients = Executors.newSingleThreadScheduledExecutor()) {
      clients.scheduleWithFixedDelay(
          () -> admin.ended(Requests.request("/x", 503, "nodejs/a", 200)),
          0,
          100,
          TimeUnit.MILLISECONDS);
      stream("/api/v1/requests/stream", "?status=5xx&min=0.1", "request", "Request");
      clients.shutdownNow();
    }
    ask("POST", "/api/v1/reload", Map.of(), "", "");
    ask("GET", "/api/v1/sessions", Map.of(), "?id=1", "");
    ask("GET", "/api/v1/state", Map.of(), "?x=1", "");
    ask("GET", servers, nodejs, "", "");
    ask("GET", server, one, "", "");
    ask("GET", server, Map.of("upstream", "nodejs", "id", "none"), "", "");
    ask("GET", shares, shop, "", "");
    ask("GET", shares, Map.of("route", "/x"), "", "");
    examples("post", servers, nodejs);
    examples("patch", server, one);
    examples("patch", shares, shop);
    ask("POST", servers, nodejs, "", "{\"address\": \"10.0.0.5:3000\"}");
    ask("POST", servers, nodejs, "?dry-run=true", "{\"address\": \"a:1\"}");
    ask("POST", servers, nodejs, "", "{\"adress\": 1}");
    ask("POST", servers, nodejs, "", "{\"adress\"}");
    ask("POST", servers, nodejs, "", "{\"address\": \"a:1\"}", "If-Match: \"old-1\"");
    ask("POST", servers, nodejs, "", "{\"address\": \"a:1\"}", "Content-Type: text/plain");
    ask("POST", servers, nodejs, "", "{\"address\": \"a:1\"}", "Origin: http://evil.example");
    ask("PATCH", server, one, "?dry-run=true", "{\"weight\": 5}");
    ask("PATCH", shares, shop, "?dry-run=true", "{\"shares\": {\"canary\": 5}}");
    ask("PATCH", shares, shop, "", "{\"shares\": {\"nothing\": 5}}");
    admin.nodes(3);
    ask("PATCH", server, one, "", "{\"weight\": 6}");
    admin.nodes(1);
    examples("post", "/api/v1/batch", Map.of());
    ask("POST", "/api/v1/batch", Map.of(), "", "[{\"method\": \"GET\", \"path\": \"/alive\"}]");
    String removed =
        ask("DELETE", server, Map.of("upstream", "nodejs", "id", "10.0.0.7:3000"), "", "")
            .path("change")
            .asText();
    ask("DELETE", server, one, "?dry-run=true", "");
    ask("GET", "/api/v1/changes", Map.of(), "?limit=1&since=1d", "");
    ask("GET", "/api/v1/changes", Map.of(), "?limit=0", "");
    Map<String, String> change = Map.of("id", removed);
    ask("GET", "/api/v1/changes/{id}", change, "", "");
    ask("GET", "/api/v1/changes/{id}", Map.of("id", "none"), "", "");
    ask("POST", "/api/v1/changes/{id}/undo", change, "?dry-run=true", "");
    ask("POST", "/api/v1/changes/{id}/undo", change, "", "");
    ask("POST", "/api/v1/changes/{id}/undo", change, "", "");
    ask("GET", "/api/v1/changes/{id}", change, "", "");
    ask("GET", "/api/v1/changes/export", Map.of(), "", "");
    ask("POST", "/api/v1/changes/discard", Map.of(), "?dry-run=true", "");
    ask("POST", "/api/v1/changes/discard", Map.of(), "", "");
    ask("POST", "/api/v1/changes/discard", Map.of(), "", "");
    for (Endpoint endpoint : api()) {
      assertThat(seen)
          .as("an answer that is no problem")
          .anyMatch(
              answer ->
                  answer.startsWith(endpoint.method().value() + " " + endpoint.path() + " 2"));
    }
    assertThat(seen)
        .as("kinds of answers")
        .contains(
            "POST " + servers + " 201",
            "POST " + servers + " 400",
            "POST " + servers + " 403",
            "POST " + servers + " 409",
            "POST " + servers + " 412",
            "POST " + servers + " 415",
            "POST " + servers + " 422",
            "PATCH " + server + " 202",
            "POST /api/v1/batch 404",
            "POST /api/v1/changes/{id}/undo 409",
            "GET " + shares + " 409");
  }

  /** Has the node do what the document has as examples. */
  private void examples(String method, String path, Map<String, String> variables)
      throws Exception {
    JsonNode body =
        document.path("paths").path(path).path(method).path("requestBody").path("content");
    JsonNode json = body.path("application/json");
    assertThat(json.path("examples")).isNotEmpty();
    for (JsonNode example : json.path("examples")) {
      JsonNode value = example.path("value");
      assertThat(problems(json.path("schema"), value)).isEmpty();
      JsonNode answer = ask(method.toUpperCase(Locale.ROOT), path, variables, "", value.toString());
      assertThat(answer.has("change")).as(answer.toString()).isTrue();
    }
  }

  /** The first event is of this name, and holds what is described. */
  private void stream(String path, String query, String event, String schema) throws Exception {
    String first = ask("GET", path, Map.of(), query, "").asText();
    assertThat(first).contains("event: " + event + "\ndata: ");
    JsonNode data = JSON.readTree(first.substring(first.indexOf("data: ") + 6));
    ObjectNode reference = JsonNodeFactory.instance.objectNode();
    reference.put("$ref", "#/components/schemas/" + schema);
    assertThat(problems(reference, data)).as(data.toString()).isEmpty();
  }

  private JsonNode ask(
      String method,
      String path,
      Map<String, String> variables,
      String query,
      String body,
      String... headers)
      throws Exception {
    String target = path;
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      target =
          target.replace(
              "{" + variable.getKey() + "}",
              URLEncoder.encode(variable.getValue(), StandardCharsets.UTF_8));
    }
    HttpResponse<String> response = admin.ask(method, target + query, body, headers);
    String asked = method + " " + path + " " + response.statusCode();
    JsonNode described =
        resolved(
            document
                .path("paths")
                .path(path)
                .path(method.toLowerCase(Locale.ROOT))
                .path("responses")
                .path(String.valueOf(response.statusCode())));
    assertThat(described.isMissingNode()).as(asked + " " + response.body()).isFalse();
    String type =
        response.headers().firstValue("Content-Type").orElseThrow().replaceFirst(";.*", "");
    JsonNode content = described.path("content").path(type);
    assertThat(content.isMissingNode()).as(asked + " " + type).isFalse();
    JsonNode answer = type.endsWith("json") ? json(response) : TextNode.valueOf(response.body());
    assertThat(problems(content.path("schema"), answer))
        .as(asked + " " + response.body())
        .isEmpty();
    if (!answer.has("dry-run")) {
      for (String header : (Iterable<String>) described.path("headers")::fieldNames) {
        assertThat(response.headers().firstValue(header)).as(asked).isPresent();
      }
    }
    seen.add(asked);
    return answer;
  }

  private static Set<ValidationMessage> problems(JsonNode schema, JsonNode value) {
    ObjectNode whole = JsonNodeFactory.instance.objectNode();
    whole.set("allOf", JsonNodeFactory.instance.arrayNode().add(schema));
    whole.set("components", document.path("components"));
    return SCHEMAS.getSchema(whole).validate(value);
  }
}
