package dev.limpet.admin;

import static dev.limpet.admin.RunningAdmin.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.model.changes.Change;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The history, undo, batches and routes' shares. Each test begins with nothing over the file. */
class ChangesApiTest {

  private static final String BLUE = "/api/v1/upstreams/app/servers/blue";
  private static final String GREEN = "/api/v1/upstreams/app/servers/green";
  private static final String SERVERS = "/api/v1/upstreams/app/servers";

  private static final FailingRegistry REGISTRY = new FailingRegistry();
  private static RunningAdmin admin;

  @BeforeAll
  static void start() throws Exception {
    admin =
        new RunningAdmin(
            """
            upstreams.app.servers = [
              { id = blue, address = "127.0.0.1:1" }, { id = green, address = "127.0.0.1:2" }]
            upstreams.canary.servers = [{ address = "127.0.0.1:3" }]
            hosts = [
              { names = ["shop.example"], routes = [
                { name = shop, path = "/", upstream = [{ name = app, weight = 100 }, { name = canary, weight = 0 }] }
                { path = "= /cart", upstream = app }
                { path = "/old", redirect.to = "/new" }] }
              { names = ["a.example"], routes = [{ path = "/x", upstream = app }] }
              { names = ["b.example"], routes = [{ path = "/x", upstream = app }] }]
            """,
            REGISTRY::over);
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
  }

  @AfterEach
  void backToTheFile() throws Exception {
    REGISTRY.broken(false);
    admin.nodes(1);
    assertThat(admin.ask("POST", "/api/v1/changes/discard", "").statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> get(String target) throws Exception {
    return admin.ask("GET", target, "");
  }

  private static String change(HttpResponse<String> made) throws Exception {
    assertThat(made.statusCode()).as(made.body()).isBetween(200, 202);
    return json(made).path("change").asText();
  }

  private static HttpResponse<String> undo(String change, String... headers) throws Exception {
    return admin.ask("POST", "/api/v1/changes/" + change + "/undo", "", headers);
  }

  private static int weight(String server) throws Exception {
    return json(get(server)).path("weight").asInt();
  }

  private static List<String> ids(HttpResponse<String> list) throws Exception {
    List<String> ids = new ArrayList<>();
    json(list).path("changes").forEach(change -> ids.add(change.path("id").asText()));
    return ids;
  }

  @Test
  void anUndoIsAChangeThatCanBeUndone() throws Exception {
    String set = change(admin.ask("PATCH", BLUE, "{\"weight\": 5}"));
    HttpResponse<String> undone = undo(set);
    String undo = change(undone);
    assertThat(undone.statusCode()).isEqualTo(201);
    assertThat(undone.headers().firstValue("Location")).contains("/api/v1/changes/" + undo);
    assertThat(weight(BLUE)).isEqualTo(1);
    assertThat(json(get("/api/v1/changes/" + set)).path("undone-by").asText()).isEqualTo(undo);
    assertThat(json(get("/api/v1/changes/" + undo)).path("undoes").asText()).isEqualTo(set);

    HttpResponse<String> twice = undo(set);
    assertThat(twice.statusCode()).isEqualTo(409);
    assertThat(json(twice).path("change").asText()).isEqualTo(undo);

    String redone = change(undo(undo));
    assertThat(weight(BLUE)).isEqualTo(5);
    change(undo(redone));
    assertThat(weight(BLUE)).isEqualTo(1);
  }

  @Test
  void whatWasChangedAgainIsNotUndone() throws Exception {
    String both = change(admin.ask("PATCH", BLUE, "{\"weight\": 5, \"zone\": \"az1\"}"));
    String later = change(admin.ask("PATCH", BLUE, "{\"weight\": 6}", "User: bob"));
    HttpResponse<String> refused = undo(both);
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).path("change").asText()).isEqualTo(later);
    assertThat(json(refused).path("detail").asText())
        .contains("bob at 127.0.0.1", "sets weight of app/blue to 6");
    assertThat(json(get(BLUE)).path("zone").asText()).isEqualTo("az1");
  }

  @Test
  void addingAndRemovingAreUndone() throws Exception {
    String added = change(admin.ask("POST", SERVERS, "{\"id\": \"new\", \"address\": \"a:1\"}"));
    change(undo(added));
    assertThat(get(SERVERS + "/new").statusCode()).isEqualTo(404);
    change(admin.ask("PATCH", GREEN, "{\"weight\": 4}"));
    String removed = change(admin.ask("DELETE", GREEN, ""));
    assertThat(get(GREEN).statusCode()).isEqualTo(404);
    change(undo(removed));
    assertThat(weight(GREEN)).isEqualTo(4);
    change(admin.ask("DELETE", GREEN, ""));
    HttpResponse<String> last = admin.ask("DELETE", BLUE, "");
    assertThat(last.statusCode()).isEqualTo(422);
    assertThat(last.body()).contains("at least one server is needed");
  }

  @Test
  void anUndoKeepsToItsIfMatch() throws Exception {
    String set = change(admin.ask("PATCH", BLUE, "{\"weight\": 5}"));
    String tag = get("/api/v1/changes/" + set).headers().firstValue("ETag").orElseThrow();
    assertThat(undo(set, "If-Match: \"other\"").statusCode()).isEqualTo(412);
    assertThat(undo(set, "If-Match: " + tag).statusCode()).isEqualTo(201);
    assertThat(undo(set, "If-Match: " + tag).statusCode()).isEqualTo(412);
    assertThat(undo("nosuch").statusCode()).isEqualTo(404);
  }

  @Test
  void aBatchIsOneChange() throws Exception {
    HttpResponse<String> done =
        admin.ask(
            "POST",
            "/api/v1/batch?comment=weekend",
            """
            [{"method": "POST", "path": "%s", "body": {"id": "new", "address": "10.0.0.5:3000"}},
             {"method": "PATCH", "path": "%s/new", "body": {"weight": 9}, "if-match": "*"},
             {"method": "PATCH", "path": "%s", "body": {"state": "drain"}},
             {"method": "DELETE", "path": "%s"},
             {"method": "PATCH", "path": "/api/v1/routes/shop/shares", "body": {"shares": {"canary": 10}}}]
            """
                .formatted(SERVERS, SERVERS, BLUE, GREEN));
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    JsonNode results = json(done).path("results");
    assertThat(results.get(0).path("status").asInt()).isEqualTo(201);
    assertThat(results.get(0).path("server").path("weight").asInt()).isEqualTo(9);
    assertThat(results.get(0).path("etag").asText()).isEqualTo(tag(SERVERS + "/new"));
    assertThat(results.get(4).path("route").path("shares").path("canary").asInt()).isEqualTo(10);
    assertThat(get(GREEN).statusCode()).isEqualTo(404);
    JsonNode change = json(get("/api/v1/changes/" + change(done)));
    assertThat(change.path("comment").asText()).isEqualTo("weekend");
    assertThat(change.path("summary").toString())
        .contains("adds server app/new", "sets app/blue to drain", "removes server app/green");
    change(undo(change(done)));
    assertThat(weight(GREEN)).isEqualTo(1);
    assertThat(get(SERVERS + "/new").statusCode()).isEqualTo(404);
  }

  private static String tag(String target) throws Exception {
    return get(target).headers().firstValue("ETag").orElseThrow();
  }

  @Test
  void aBatchWithAMistakeDoesNothingAndTellsThemAll() throws Exception {
    int before = admin.registry().history().size();
    HttpResponse<String> wrong =
        admin.ask(
            "POST",
            "/api/v1/batch",
            """
            [{"method": "PATCH", "path": "%s", "body": {"weight": 2}},
             {"method": "PATCH", "path": "%s", "body": {"weight": 5000, "zon": "a"}}]
            """
                .formatted(BLUE, GREEN));
    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(json(wrong).path("errors").toString())
        .contains("operations[1].body.weight", "operations[1].body.zon");
    HttpResponse<String> gone =
        admin.ask(
            "POST",
            "/api/v1/batch",
            """
            [{"method": "PATCH", "path": "%s", "body": {"weight": 2}},
             {"method": "DELETE", "path": "%s/gren"},
             {"method": "GET", "path": "%s"},
             {"method": "DELETE", "path": "%s", "if-match": "\\"old-1\\""},
             {"method": "PATCH", "path": "/api/v1/nothing", "body": {}, "bdy": 1}]
            """
                .formatted(BLUE, SERVERS, BLUE, GREEN));
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(json(gone).path("detail").asText()).contains("operation 1", "app/green");
    assertThat(json(gone).path("errors").toString())
        .contains(
            "operations[1].path", "operations[2].path", "operations[3].path", "operations[4].bdy");
    assertThat(admin.registry().history()).hasSize(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "[1]",
        "[{}]",
        "[{\"method\": \"PATCH\"}]",
        "[{\"method\": \"NO\", \"path\": \"/api/v1/upstreams/app/servers/blue\", \"body\": {}}]",
        "[{\"method\": \"PATCH\", \"path\": \"api\", \"body\": {}}]",
        "[{\"method\": \"PATCH\", \"path\": \"/%zz\", \"body\": {}}]",
        "[{\"method\": \"PATCH\", \"path\": \"/api/v1/upstreams/app/servers/blue\"}]",
        "[{\"method\": \"DELETE\", \"path\": \"/api/v1/upstreams/app/servers/blue\", \"body\": {}}]",
        "[{\"method\": \"DELETE\", \"path\": \"/api/v1/upstreams/app/servers/blue\", \"if-match\": 1}]",
        "[{\"method\": \"DELETE\", \"path\": \"/api/v1/upstreams/app/servers/blue?dry-run=true\"}]",
      })
  void whatIsNoBatchIsRefused(String body) throws Exception {
    assertThat(admin.ask("POST", "/api/v1/batch", body).statusCode()).isBetween(400, 404);
  }

  @Test
  void sharesAreMergedAndGoBack() throws Exception {
    String shares = "/api/v1/routes/shop/shares";
    HttpResponse<String> before = get(shares);
    assertThat(json(before).path("source").asText()).isEqualTo("file");
    HttpResponse<String> shifted =
        admin.ask(
            "PATCH",
            shares,
            "{\"shares\": {\"canary\": 10, \"app\": 90}}",
            "If-Match: " + before.headers().firstValue("ETag").orElseThrow());
    assertThat(json(shifted).path("route").path("shares"))
        .hasToString("{\"app\":90,\"canary\":10}");
    change(admin.ask("PATCH", shares, "{\"shares\": {\"canary\": null}}"));
    assertThat(json(get(shares)).path("shares")).hasToString("{\"app\":90,\"canary\":0}");
    change(admin.ask("PATCH", shares, "{\"shares\": null}"));
    assertThat(json(get(shares)).path("shares")).hasToString("{\"app\":100,\"canary\":0}");
    for (String wrong :
        List.of(
            "{}",
            "{\"share\": 1}",
            "{\"shares\": 1}",
            "{\"shares\": {}}",
            "{\"shares\": {\"app\": \"x\"}}",
            "{\"shares\": {\"app\": 0}}",
            "{\"shares\": {\"nosuch\": 1}}")) {
      HttpResponse<String> refused = admin.ask("PATCH", shares, wrong);
      assertThat(refused.statusCode()).as(wrong + refused.body()).isEqualTo(422);
    }
    assertThat(get("/api/v1/routes/%3D%20%2Fcart/shares").statusCode()).isEqualTo(200);
    assertThat(json(get("/api/v1/routes/shp/shares")).path("detail").asText())
        .contains("did you mean \"shop\"?");
    assertThat(get("/api/v1/routes/%2Fx/shares").statusCode()).isEqualTo(409);
    assertThat(get("/api/v1/routes/%2Fold/shares").statusCode()).isEqualTo(404);
    List<String> routes = new ArrayList<>();
    json(get("/api/v1/routes")).path("routes").forEach(r -> routes.add(r.path("route").asText()));
    assertThat(routes).containsExactly("shop", "= /cart", "/x", "/x");
  }

  @Test
  void theHistoryIsFoundByTimePersonAndPlace() throws Exception {
    String first = change(admin.ask("PATCH", BLUE, "{\"weight\": 2}", "User: carol"));
    String second = change(admin.ask("PATCH", GREEN, "{\"weight\": 2}", "User: dave"));
    String third = change(admin.ask("PATCH", BLUE, "{\"weight\": 3}", "User: carol"));
    assertThat(ids(get("/api/v1/changes?limit=2"))).containsExactly(third, second);
    assertThat(ids(get("/api/v1/changes?who=carol"))).containsExactly(third, first);
    assertThat(ids(get("/api/v1/changes?server=app/green&since=1h"))).startsWith(second);
    assertThat(ids(get("/api/v1/changes?path=/api/v1/upstreams/app/servers/blue&limit=2")))
        .containsExactly(third, first);
    assertThat(ids(get("/api/v1/changes?path=upstreams/ap"))).isEmpty();
    String time = json(get("/api/v1/changes/" + third)).path("time").asText();
    assertThat(ids(get("/api/v1/changes?who=carol&since=" + time))).contains(third);
    assertThat(ids(get("/api/v1/changes?until=2020-01-01"))).isEmpty();
    assertThat(ids(get("/api/v1/changes?since=2020-01-01T00:00:00%2B02:00"))).contains(first);
    assertThat(Instant.parse(time)).isBeforeOrEqualTo(Instant.now().plusSeconds(60));

    List<String> paged = new ArrayList<>();
    String next = "/api/v1/changes?limit=2";
    while (!next.isEmpty()) {
      HttpResponse<String> page = get(next);
      paged.addAll(ids(page));
      next = json(page).path("next").asText("");
    }
    assertThat(paged).isEqualTo(admin.registry().history().stream().map(Change::id).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "limit=x",
        "since=yesterday",
        "until=2026-13-01",
        "page=x",
        "whom=alice",
        "since=9999999d9"
      })
  void questionsThatMakeNoSenseAreRefused(String query) throws Exception {
    assertThat(get("/api/v1/changes?" + query).statusCode()).isEqualTo(400);
  }

  @Test
  void aChangeThatOneNodeOfThreeHoldsIsAccepted() throws Exception {
    admin.nodes(3);
    HttpResponse<String> held = admin.ask("PATCH", BLUE, "{\"weight\": 8}");
    assertThat(held.statusCode()).isEqualTo(202);
    assertThat(json(held).path("durability")).hasToString("{\"held\":1,\"majority\":2}");
  }

  @Test
  void aChangeThatNobodyCanWriteDownIsToldOf() throws Exception {
    REGISTRY.broken(true);
    HttpResponse<String> lost = admin.ask("PATCH", BLUE, "{\"weight\": 8}");
    assertThat(lost.statusCode()).isEqualTo(503);
    assertThat(json(lost).path("detail").asText()).contains("the disk is full");
    assertThat(json(get("/api/v1/changes?limit=1")).path("trouble").asText())
        .isEqualTo("the disk is full");
  }

  @Test
  void commentsAreALine() throws Exception {
    change(admin.ask("PATCH", BLUE + "?comment=caf%C3%A9%20%26%20tea", "{\"weight\": 2}"));
    assertThat(json(get("/api/v1/changes?limit=1")).path("changes").get(0).path("comment").asText())
        .isEqualTo("café & tea");
    assertThat(admin.ask("PATCH", BLUE + "?comment=a%0Ab", "{\"weight\": 2}").statusCode())
        .isEqualTo(400);
    assertThat(
            admin
                .ask("PATCH", BLUE + "?comment=" + "a".repeat(501), "{\"weight\": 2}")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void allIsDiscardedAtOnce() throws Exception {
    change(admin.ask("PATCH", BLUE, "{\"weight\": 2}"));
    change(admin.ask("POST", SERVERS, "{\"address\": \"a:1\"}"));
    HttpResponse<String> discarded = admin.ask("POST", "/api/v1/changes/discard", "");
    assertThat(json(discarded).path("discarded").asInt()).isEqualTo(3);
    assertThat(weight(BLUE)).isEqualTo(1);
    assertThat(get(SERVERS + "/a:1").statusCode()).isEqualTo(404);
    change(undo(change(discarded)));
    assertThat(weight(BLUE)).isEqualTo(2);
    assertThat(get("/api/v1/changes/export").body()).startsWith("# ");
  }
}
