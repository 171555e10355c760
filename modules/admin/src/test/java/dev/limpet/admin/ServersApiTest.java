package dev.limpet.admin;

import static dev.limpet.admin.RunningAdmin.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.testkit.DnsServer;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each test has an upstream of its own. */
class ServersApiTest {

  private static RunningAdmin admin;
  private static DnsServer dns;

  @BeforeAll
  static void start() throws Exception {
    dns = new DnsServer();
    dns.know("app. 1 A 127.0.0.9");
    StringBuilder upstreams = new StringBuilder();
    for (String name : List.of("add", "patch", "remove", "wrong", "tags", "ids", "dry")) {
      upstreams.append(
          """
          upstreams.%s {
            servers = [
              { address = "127.0.0.1:1", weight = 3 }
              { id = "blue/one", address = "127.0.0.1:2", down = on, slow-start = 1500ms }
              { address = "[::1]:3" }
            ]
          }
          """
              .formatted(name));
    }
    admin =
        new RunningAdmin(
            upstreams
                + """
                upstreams.found.discovery.dns { name = "app.", port = 4, resolvers = ["127.0.0.1:%d"] }
                hosts = [{ names = ["*"], routes = [{ path = "/", upstream = add }] }]
                """
                    .formatted(dns.port()),
            UnaryOperator.identity());
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
    dns.close();
  }

  private static String servers(String upstream) {
    return "/api/v1/upstreams/" + upstream + "/servers";
  }

  private static HttpResponse<String> get(String target) throws Exception {
    return admin.ask("GET", target, "");
  }

  private static List<String> ids(String upstream) throws Exception {
    List<String> ids = new ArrayList<>();
    json(get(servers(upstream))).path("servers").forEach(s -> ids.add(s.path("id").asText()));
    return ids;
  }

  private static String tag(HttpResponse<String> response) {
    return response.headers().firstValue("ETag").orElseThrow();
  }

  @Test
  void aServerIsAddedSeenAndRemovedByItsLocation() throws Exception {
    HttpResponse<String> added =
        admin.ask(
            "POST",
            servers("add") + "?comment=half%20the%20load",
            "{\"address\": \"10.0.0.5:3000\", \"weight\": 5, \"slow-start\": \"30s\"}",
            "User: alice");
    assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
    JsonNode body = json(added);
    assertThat(body.path("server").path("id").asText()).isEqualTo("add/10.0.0.5:3000");
    assertThat(body.path("durability")).hasToString("{\"held\":1,\"majority\":1}");
    String location = added.headers().firstValue("Location").orElseThrow();
    assertThat(location).isEqualTo(servers("add") + "/10.0.0.5:3000");
    HttpResponse<String> seen = get(location);
    assertThat(tag(seen)).isEqualTo(tag(added));
    JsonNode server = json(seen);
    assertThat(server.path("weight").asInt()).isEqualTo(5);
    assertThat(server.path("slow-start").asText()).isEqualTo("30s");
    assertThat(server.path("state").asText()).isEqualTo("up");
    assertThat(server.path("source").asText()).isEqualTo("change");
    assertThat(server.path("changed").path("weight").path("change").asText())
        .isEqualTo(body.path("change").asText());
    await()
        .untilAsserted(
            () -> assertThat(admin.cluster().snapshot().servers().get("add")).hasSize(4));
    JsonNode change = json(get("/api/v1/changes/" + body.path("change").asText()));
    assertThat(change.path("who").asText()).isEqualTo("alice");
    assertThat(change.path("from").asText()).isEqualTo("127.0.0.1");
    assertThat(change.path("comment").asText()).isEqualTo("half the load");
    assertThat(change.path("summary").get(0).asText())
        .isEqualTo(
            "adds server add/10.0.0.5:3000 with address 10.0.0.5:3000, slow-start 30s, weight 5");

    HttpResponse<String> again =
        admin.ask("POST", servers("add"), "{\"address\": \"10.0.0.5:3000\"}");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(json(again).path("detail").asText()).contains("already (by a change)");
    assertThat(admin.ask("DELETE", location, "").statusCode()).isEqualTo(200);
    assertThat(get(location).statusCode()).isEqualTo(404);
    assertThat(ids("add")).doesNotContain("add/10.0.0.5:3000");

    HttpResponse<String> anew =
        admin.ask("POST", servers("add"), "{\"address\": \"10.0.0.5:3000\"}");
    assertThat(anew.statusCode()).isEqualTo(201);
    assertThat(json(anew).path("server").path("weight").asInt())
        .as("nothing of the earlier one is left")
        .isEqualTo(1);
  }

  @Test
  void theFilesServersAreChangedAndGoBack() throws Exception {
    String one = servers("patch") + "/127.0.0.1:1";
    HttpResponse<String> changed =
        admin.ask(
            "PATCH",
            one,
            "{\"weight\": 7, \"backup\": \"overflow\", \"zone\": \"az1\", \"state\": \"drain\"}",
            "Content-Type: application/merge-patch+json");
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    JsonNode server = json(changed).path("server");
    assertThat(server.path("weight").asInt()).isEqualTo(7);
    assertThat(server.path("changed").path("weight").path("file").asInt()).isEqualTo(3);
    assertThat(server.path("source").asText()).isEqualTo("file");
    assertThat(server.path("state").asText()).isEqualTo("drain");
    assertThat(server.path("zone").asText()).isEqualTo("az1");
    HttpResponse<String> back = admin.ask("PATCH", one, "{\"weight\": null}");
    assertThat(json(back).path("server").path("weight").asInt()).isEqualTo(3);
    assertThat(json(back).path("server").path("changed").has("weight")).isFalse();
    assertThat(json(back).path("server").path("state").asText()).isEqualTo("drain");
    JsonNode blue = json(get(servers("patch") + "/blue/one"));
    assertThat(blue.path("state").asText()).isEqualTo("down");
    assertThat(blue.path("slow-start").asText()).isEqualTo("1500ms");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:1",
        "127.0.0.1%3A1",
        "ids/127.0.0.1:1",
        "ids%2f127.0.0.1%3a1",
        "blue/one",
        "blue%2Fone",
        "ids/blue/one",
        "[::1]:3",
        "%5B::1%5D:3",
        "[0:0::1]:3",
        "ids/[::1]:3"
      })
  void anIdIsTakenInEachWayToWriteIt(String id) throws Exception {
    assertThat(admin.raw("GET " + servers("ids") + "/" + id + " HTTP/1.1", new byte[0]))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void whoIsNotThereIsNotFoundAndTheNearestIsNamed() throws Exception {
    for (String method : List.of("GET", "PATCH", "DELETE")) {
      HttpResponse<String> none =
          admin.ask(method, servers("wrong") + "/127.0.0.1:11", "{\"weight\": 1}");
      assertThat(none.statusCode()).isEqualTo(404);
      assertThat(none.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(json(none).path("detail").asText())
          .isEqualTo("there is no server wrong/127.0.0.1:11; did you mean \"wrong/127.0.0.1:1\"?");
    }
    assertThat(json(get(servers("wrung"))).path("detail").asText())
        .isEqualTo("there is no upstream \"wrung\"; did you mean \"wrong\"?");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() throws Exception {
    HttpResponse<String> wrong =
        admin.ask(
            "POST",
            servers("wrong"),
            """
            {"weigth": 5, "weight": 5000, "max-connections": "many", "slow-start": 30,
             "backup": "perhaps", "zone": ["a"], "state": "gone", "address": "http://a:1/"}
            """);
    assertThat(wrong.statusCode()).isEqualTo(422);
    JsonNode errors = json(wrong).path("errors");
    List<String> fields = new ArrayList<>();
    errors.forEach(error -> fields.add(error.path("field").asText()));
    assertThat(fields)
        .containsExactlyInAnyOrder(
            "weigth",
            "weight",
            "max-connections",
            "slow-start",
            "backup",
            "zone",
            "state",
            "address");
    assertThat(errors.toString())
        .contains(
            "did you mean \\\"weight\\\"?",
            "5000 is out of range: it must be between 1 and 1000",
            "is a URL; an address is host:port",
            "\"found\":5000");
    assertThat(ids("wrong")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                       | 422 | at least one of address
          {"id": "other"}                          | 422 | keeps its id
          {"weight": 1.5}                          | 422 | whole number
          {"weight": 1e400}                        | 422 | whole number
          {"weight": 99999999999999999999}         | 422 | whole number
          {"weight": -1}                           | 422 | between 1 and 1000
          {"weight": true}                         | 422 | whole number
          {"slow-start": "2h"}                     | 422 | between 0s and 1h
          {"zone": "a b"}                          | 422 | not a name
          {"address": "127.0.0.1"}                 | 422 | host:port
          {"weight": 1, "weight": 2}               | 400 | Duplicate
          {"weight": 1} []                         | 400 | not JSON
          [1]                                      | 400 | expected an object
          "drain"                                  | 400 | expected an object
          null                                     | 400 | expected an object
          """)
  void wrongBodiesChangeNothing(String body, int status, String reason) throws Exception {
    HttpResponse<String> wrong = admin.ask("PATCH", servers("wrong") + "/127.0.0.1:1", body);
    assertThat(wrong.statusCode()).as(wrong.body()).isEqualTo(status);
    assertThat(wrong.body()).contains(reason);
    assertThat(json(wrong).path("status").asInt()).isEqualTo(status);
    assertThat(json(get(servers("wrong") + "/127.0.0.1:1")).path("weight").asInt()).isEqualTo(3);
  }

  @Test
  void hostileBodiesAreRefused() throws Exception {
    String patch =
        "PATCH " + servers("wrong") + "/127.0.0.1:1 HTTP/1.1\r\nContent-Type: application/json";
    assertThat(admin.raw(patch, new byte[0])).startsWith("HTTP/1.1 400 ").contains("no body");
    assertThat(admin.raw(patch, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}))
        .startsWith("HTTP/1.1 400 ")
        .contains("not UTF-8");
    assertThat(admin.raw(patch, "[".repeat(100_000).getBytes(StandardCharsets.UTF_8)))
        .startsWith("HTTP/1.1 400 ")
        .contains("depth");
    assertThat(admin.raw(patch, new byte[3 << 20])).contains("HTTP/1.1 413 ");
    assertThat(admin.raw(patch.replace("/json", "/xml"), "{}".getBytes(StandardCharsets.UTF_8)))
        .startsWith("HTTP/1.1 415 ")
        .contains("problem+json");
    assertThat(admin.raw("GET /%zz HTTP/1.1", new byte[0]))
        .startsWith("HTTP/1.1 400 ")
        .contains("problem+json");
  }

  @Test
  void theLastServerStays() throws Exception {
    for (String id : ids("remove")) {
      HttpResponse<String> removed =
          admin.ask(
              "DELETE", servers("remove") + "/" + id.replace("[", "%5B").replace("]", "%5D"), "");
      boolean last =
          json(get(servers("remove"))).path("servers").size() == 1 && removed.statusCode() != 200;
      assertThat(removed.statusCode()).as(removed.body()).isEqualTo(last ? 422 : 200);
    }
    assertThat(ids("remove")).hasSize(1);
  }

  @Test
  void aTagHoldsUntilSomebodyChangesTheServer() throws Exception {
    String one = servers("tags") + "/127.0.0.1:1";
    String first = tag(get(one));
    String list = tag(get(servers("tags")));
    assertThat(
            admin
                .ask("PATCH", servers("tags") + "/blue/one", "{\"weight\": 2}", "If-Match: *")
                .statusCode())
        .isEqualTo(200);
    assertThat(tag(get(one))).as("that was another one").isEqualTo(first);
    HttpResponse<String> changed =
        admin.ask("PATCH", one, "{\"weight\": 9}", "If-Match: \"x,1\", " + first, "User: alice");
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    HttpResponse<String> stale = admin.ask("PATCH", one, "{\"weight\": 1}", "If-Match: " + first);
    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(json(stale).path("detail").asText())
        .contains("alice at 127.0.0.1, 2", "sets weight of tags/127.0.0.1:1 to 9");
    assertThat(json(stale).path("change").asText())
        .isEqualTo(json(changed).path("change").asText());
    assertThat(
            admin
                .ask("POST", servers("tags"), "{\"address\": \"a:1\"}", "If-Match: " + list)
                .statusCode())
        .isEqualTo(412);
    assertThat(admin.ask("DELETE", one, "", "If-Match: W/" + tag(changed)).statusCode())
        .as("a weak tag is equal to none")
        .isEqualTo(412);
    for (String malformed : List.of("x", "\"a", "a\"", "\"a\" \"b\"", "*, \"a\"", "\"a\",,\"b\"")) {
      assertThat(admin.ask("DELETE", one, "", "If-Match: " + malformed).statusCode())
          .as(malformed)
          .isEqualTo(400);
    }
    assertThat(admin.ask("DELETE", one, "", "If-Match: " + tag(changed)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aTagHoldsUntilTheFileSaysSomethingElse() throws Exception {
    String one = servers("dry") + "/blue/one";
    String first = tag(get(one));
    admin.rewrite(text -> text.replace("slow-start = 1500ms", "slow-start = 2s"));
    HttpResponse<String> stale = admin.ask("PATCH", one, "{\"weight\": 1}", "If-Match: " + first);
    admin.rewrite(text -> text.replace("slow-start = 2s", "slow-start = 1500ms"));
    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(json(stale).path("detail").asText())
        .contains("the settings file says something else");
    assertThat(tag(get(one))).isEqualTo(first);
  }

  @Test
  void whatDnsNamesCannotBeRemoved() throws Exception {
    await().untilAsserted(() -> assertThat(ids("found")).containsExactly("found/127.0.0.9:4"));
    String one = servers("found") + "/127.0.0.9:4";
    assertThat(json(get(one)).path("source").asText()).isEqualTo("dns");
    HttpResponse<String> kept = admin.ask("DELETE", one, "");
    assertThat(kept.statusCode()).isEqualTo(409);
    assertThat(json(kept).path("detail").asText()).contains("set its state to down");
    assertThat(admin.ask("PATCH", one, "{\"address\": \"127.0.0.8:4\"}").statusCode())
        .isEqualTo(422);
    HttpResponse<String> down = admin.ask("PATCH", one, "{\"state\": \"down\", \"weight\": 2}");
    assertThat(down.statusCode()).as(down.body()).isEqualTo(200);
    assertThat(json(get(one)).path("state").asText()).isEqualTo("down");
  }

  @Test
  void aDryRunSaysWhatWouldComeOfIt() throws Exception {
    int before = admin.registry().history().size();
    HttpResponse<String> dry =
        admin.ask("PATCH", servers("dry") + "/127.0.0.1:1?dry-run=true", "{\"weight\": 9}");
    assertThat(dry.statusCode()).isEqualTo(200);
    assertThat(json(dry).path("changes").toString()).contains("weight", "9");
    assertThat(json(dry).path("server").path("weight").asInt()).isEqualTo(9);
    assertThat(json(get(servers("dry") + "/127.0.0.1:1")).path("weight").asInt()).isEqualTo(3);
    assertThat(
            admin
                .ask("PATCH", servers("dry") + "/127.0.0.1:1?dry-run", "{\"weight\": 0}")
                .statusCode())
        .isEqualTo(422);
    assertThat(
            admin
                .ask("PATCH", servers("dry") + "/127.0.0.1:1?dryrun=true", "{\"weight\": 9}")
                .statusCode())
        .isEqualTo(400);
    assertThat(admin.registry().history()).hasSize(before);
  }
}
