package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the commands that change something send, and tell of the answer. */
class ChangingCommandsTest {

  private static final String SERVERS = "/api/v1/upstreams/app/servers";
  private static final String MADE =
      "{'change':'0k3f9','durability':{'held':%d,'majority':2},'server':{'id':'app/a:1'}}";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private StubNode node;

  @BeforeEach
  void start() throws IOException {
    node = new StubNode(200, MADE.formatted(2));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "servers add app/a:1 weight=2 zone=1 | POST %s {'weight':2,'zone':'1','address':'a:1'}",
        "servers add app/blue address=a:1 | POST %s {'address':'a:1','id':'blue'}",
        "servers set app/a:1 weight= backup=on | PATCH %s/a%%3A1 {'weight':null,'backup':'on'}",
        "servers set app/a:1 weight=-1 --if-match v1 | PATCH %s/a%%3A1 {'weight':-1} if 'v1'",
        "servers up app/[::1]:3 | PATCH %s/%%5B%%3A%%3A1%%5D%%3A3 {'state':'up'}",
        "servers down app/a/b | PATCH %s/a%%2Fb {'state':'down'}",
        "servers drain app/a:1 --if-match * | PATCH %s/a%%3A1 {'state':'drain'} if *",
        "servers remove app/a:1 --dry-run | DELETE %s/a%%3A1?dry-run=true",
        "servers remove app/a:1 -m x&y+z | DELETE %s/a%%3A1?comment=x%%26y%%2Bz",
        "shares shop app=90 canary= | PATCH /api/v1/routes/shop/shares {'shares':{'app':90,'canary':null}}",
        "shares /api/ --reset | PATCH /api/v1/routes/%%2Fapi%%2F/shares {'shares':null}",
        "changes discard | POST /api/v1/changes/discard",
        "changes undo 0k3f9 -m why | POST /api/v1/changes/0k3f9/undo?comment=why",
      })
  void aChangeIsSentAsItIsMeant(String command, String sent) {
    node.on("GET /api/v1/changes/0k3f9", 200, "{'id':'0k3f9'}");
    assertThat(run(command.split(" "))).as(err::toString).isZero();
    assertThat(node.asked().getLast()).isEqualTo(sent.formatted(SERVERS).replace('\'', '"'));
  }

  @Test
  void whatHasComeOfItIsTold() throws IOException {
    assertThat(run("servers", "up", "app/a:1")).isZero();
    assertThat(out.toString()).isEqualToIgnoringNewLines("change 0k3f9, held by 2 nodes");
    node.answer(202, MADE.formatted(1));
    assertThat(run("servers", "up", "app/a:1")).isEqualTo(7);
    assertThat(out.toString()).contains("held by 1 node", "a majority is 2");
    assertThat(run("servers", "up", "app/a:1", "--json")).isEqualTo(7);
    assertThat(json().at("/durability/held").asInt()).isEqualTo(1);
    node.answer(200, "{'server':{}}");
    assertThat(run("servers", "up", "app/a:1")).isZero();
    assertThat(out.toString()).contains("nothing has changed");
    node.answer(200, "{'dry-run':true,'changes':['server app/a:1: state up -> drain']}");
    assertThat(run("servers", "drain", "app/a:1", "--wait", "--dry-run")).isZero();
    assertThat(out.toString())
        .isEqualToIgnoringNewLines("would change: server app/a:1: state up -> drain");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "servers up app",
        "servers up app/",
        "servers up /a",
        "servers add app/a:1 weight",
        "servers set app/a:1 weight=1 weight=2",
        "servers set app/a:1",
        "servers drain app/a:1 --wait --timeout 10",
        "servers drain app/a:1 --wait --quiet soon",
        "shares shop canary=ten"
      })
  void wrongWordsReachNoNode(String command) {
    assertThat(run(command.split(" "))).isEqualTo(2);
    assertThat(err.toString()).isNotEmpty();
    assertThat(node.asked()).isEmpty();
  }

  @Test
  void optionsOfNodesMayStandBeforeTheSubcommand() {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    int exit =
        line.execute("servers", "--node", "127.0.0.1:" + node.port(), "--json", "up", "app/a:1");
    assertThat(exit).isZero();
    assertThat(node.asked()).hasSize(1);
    assertThat(out.toString()).startsWith("{");
  }

  @Test
  void serversOfAllUpstreamsAreListed() throws IOException {
    String server =
        "{'id':'%s/a:1','health':'up','state':'drain','weight':3,'active':7,'source':'file',"
            + "'changed':{'weight':{'change':'0k3f9','file':1}},'reason':''}";
    node.on("GET /api/v1/upstreams", 200, "{'upstreams':[{'name':'app'},{'name':'b b'}]}")
        .on("GET " + SERVERS, 200, "{'servers':[" + server.formatted("app") + "]}")
        .on(
            "GET /api/v1/upstreams/b%20b/servers",
            200, "{'servers':[" + server.formatted("b b") + "]}")
        .on("GET " + SERVERS + "/a%3A1", 200, server.formatted("app"));
    for (String command : new String[] {"servers", "servers list"}) {
      assertThat(run(command.split(" "))).isZero();
      assertThat(out.toString().lines())
          .hasSize(3)
          .anyMatch(line -> line.matches("b b/a:1 +up +drain +3 +7 +file +weight"));
    }
    assertThat(run("servers", "list", "app")).isZero();
    assertThat(out.toString()).hasLineCount(2);
    assertThat(run("servers", "--json")).isZero();
    assertThat(json().path("servers")).hasSize(2);
    assertThat(run("servers", "show", "app/a:1")).isZero();
    assertThat(out.toString())
        .containsPattern("weight +3 +change 0k3f9; the file says 1\\R")
        .containsPattern("version +v1\\R");
  }

  @Test
  void sharesOfRoutesAreListed() throws IOException {
    String shop =
        "{'route':'shop','hosts':['*'],'shares':{'app':90,'canary':10},'source':'change','file':{'app':100}}";
    node.on("GET /api/v1/routes", 200, "{'routes':[" + shop + "]}")
        .on("GET /api/v1/routes/shop/shares", 200, shop);
    assertThat(run("shares")).isZero();
    assertThat(out.toString())
        .containsPattern("shop +\\* +app=90 canary=10 +change +the file says app=100");
    assertThat(run("shares", "shop")).isZero();
    assertThat(out.toString()).contains("version: v1");
    assertThat(run("shares", "shop", "--json")).isZero();
    assertThat(json().at("/shares/canary").asInt()).isEqualTo(10);
  }

  private static String change(String id, String more) {
    return ("{'id':'%s','version':'7','time':'%s','who':'alice','from':'10.0.0.9','node':'edge-1',"
            + "'comment':'why not','steps':[%s]}")
        .formatted(id, Instant.now().minusSeconds(200), more);
  }

  private static String step(String path, String value, String before) {
    return "{'path':['%s'],'value':%s,'before':%s}"
        .formatted(path.replace(" ", "','"), value, before);
  }

  @Test
  void changesAreListedWithWhoAndWhat() throws IOException {
    String added = "upstreams app servers a:2 ";
    node.answer(
        200,
        "{'changes':["
            + change("0k3f9", step("upstreams app servers a:1 weight", "3", "1"))
            + ","
            + change(
                "0k3e8",
                step(added + "present", "true", "null")
                    + ","
                    + step(added + "zone", "null", "null")
                    + ","
                    + step(added + "address", "'a:2'", "null"))
            + ","
            + change(
                "0k3e0",
                step(added + "present", "null", "true")
                    + ","
                    + step(added + "zone", "null", "null"))
            + ","
            + change("0k3df", step(added + "present", "null", "false"))
            + ","
            + change("0k3d7", step("routes shop shares", "{'app':9,'b':1}", "null"))
            + "],'next':'/api/v1/changes?page=1','trouble':'the disk is full'}");
    assertThat(run("changes", "list", "--who", "alice", "--since", "2h")).isZero();
    assertThat(node.asked().getFirst())
        .startsWith("GET /api/v1/changes?limit=20&")
        .contains("&who=alice", "&since=2h")
        .doesNotContain("server", "until");
    assertThat(out.toString().lines())
        .hasSize(6)
        .anyMatch(
            line ->
                line.matches(
                    "0k3f9 +\\S+ \\S+ \\S+  3 min ago  alice  app/a:1 weight 1 -> 3 +why not"))
        .anyMatch(line -> line.contains("  app/a:2 added: address a:2 "))
        .anyMatch(line -> line.contains("  app/a:2 removed "))
        .anyMatch(line -> line.contains("  app/a:2 put back "))
        .anyMatch(line -> line.contains("shop shares file -> app=9 b=1"));
    assertThat(err.toString()).contains("there are older ones", "the disk is full");
    assertThat(run("changes", "--json")).isZero();
    assertThat(json().path("changes")).hasSize(5);
  }

  @Test
  void theBeginningOfAnIdIsEnoughWhereOneChangeHasIt() {
    node.on("GET /api/v1/changes/0k3", 404, "{'detail':'there is no change'}")
        .on("GET /api/v1/changes/0k3f", 404, "{'detail':'there is no change'}")
        .on("GET /api/v1/changes/x", 404, "{'detail':'there is no change \\\"x\\\"'}")
        .on(
            "GET /api/v1/changes?limit=1000",
            200,
            "{'changes':[" + change("0k3f9", "") + "],'next':'/api/v1/changes?page=2'}")
        .on("GET /api/v1/changes?page=2", 200, "{'changes':[" + change("0k3e8", "") + "]}");
    assertThat(run("changes", "show", "0k3f")).isZero();
    assertThat(out.toString())
        .containsPattern("change +0k3f9\\R")
        .containsPattern("from +10.0.0.9\\R")
        .contains("3 min ago");
    assertThat(run("changes", "undo", "0k3")).isEqualTo(2);
    assertThat(err.toString()).contains("2 changes begin with \"0k3\"", "0k3f9 ", "0k3e8 ");
    assertThat(run("changes", "undo", "x")).isEqualTo(5);
    assertThat(err.toString()).contains("there is no change \"x\"");
  }

  @Test
  void theExportIsPrintedAsItIs() throws IOException {
    node.on("GET /api/v1/changes/export", 200, "limpet.upstreams.app { }\n");
    assertThat(run("changes", "export")).isZero();
    assertThat(out.toString()).isEqualTo("limpet.upstreams.app { }\n");
    assertThat(run("changes", "export", "--json")).isZero();
    assertThat(json().path("hocon").asText()).startsWith("limpet.");
    node.on("GET /api/v1/changes/export", 404, "no such page");
    assertThat(run("changes", "export")).isEqualTo(1);
    assertThat(err.toString()).contains("is that a traffic port?");
  }

  private void sight(String state, int sessions, int active, boolean inUse) {
    node.on(
            "GET /api/v1/state",
            200,
            "{'upstreams':{'app':{'servers':[{'id':'app/a:1','state':'%s','active':%d,'inUse':%s}]}}}"
                .formatted(state, active, inUse))
        .on(
            "GET /api/v1/sessions",
            200,
            "{'upstreams':{'app':{'servers':{'app/a:1':%d}}}}".formatted(sessions));
  }

  private CompletableFuture<Integer> drain(String... more) {
    return CompletableFuture.supplyAsync(
        () ->
            run(
                Stream.concat(
                        Stream.of("servers", "drain", "app/a:1", "--wait", "--quiet", "1s"),
                        Stream.of(more))
                    .toArray(String[]::new)));
  }

  private static int end(CompletableFuture<Integer> drain) throws Exception {
    return drain.get(1, TimeUnit.MINUTES);
  }

  @Test
  void theWaitEndsWhenNoSessionIsLeftAndNobodyIsThere() throws Exception {
    sight("up", 2, 0, false);
    CompletableFuture<Integer> drain = drain();
    await().until(() -> node.asked().size() > 3);
    assertThat(drain).isNotDone();
    sight("drain", 2, 3, true);
    await().until(() -> out.toString().contains("2 of 2 sessions left"));
    sight("drain", 0, 0, true);
    int asked = node.asked().size();
    await().until(() -> node.asked().size() > asked + 4);
    assertThat(drain).isNotDone();
    sight("drain", 0, 0, false);
    assertThat(end(drain)).isZero();
    assertThat(out.toString())
        .contains("app/a:1 is empty: no session in the table, and no request for 1 s");
  }

  @Test
  void pastTheDeadlineOfItsDrainingOnlyRequestsAreWaitedFor() throws Exception {
    sight("down", 5, 0, false);
    assertThat(end(drain("--json"))).isZero();
    assertThat(json().path("empty").asBoolean()).isTrue();
    assertThat(json().path("sessions").asInt()).isEqualTo(5);
  }

  @Test
  void theWaitEndsWithoutSuccessWhenTimeIsUpOrSomebodySetsItUp() throws Exception {
    sight("drain", 2, 0, false);
    assertThat(end(drain("--timeout", "1s"))).isEqualTo(9);
    assertThat(err.toString()).contains("app/a:1 is not empty after 1 s; it goes on draining");
    CompletableFuture<Integer> drain = drain();
    await().until(() -> out.toString().contains("2 of 2 sessions left"));
    sight("up", 2, 0, false);
    assertThat(end(drain)).isEqualTo(6);
    node.on("GET /api/v1/state", 200, "{'upstreams':{}}");
    assertThat(end(drain())).isZero();
    assertThat(out.toString()).contains("app/a:1 is gone");
  }

  @Test
  void aNodeMayBeAwayWhileItIsWaitedFor() throws Exception {
    sight("drain", 2, 0, false);
    CompletableFuture<Integer> drain = drain();
    await().until(() -> out.toString().contains("2 of 2 sessions left"));
    int port = node.port();
    node.close();
    await().until(() -> out.toString().contains("no node answers"));
    node = new StubNode(port, 200, "{}");
    sight("drain", 0, 0, false);
    assertThat(end(drain)).isZero();
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  /** With an empty page for what it says. */
  private int run(String... command) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(
        Stream.concat(Stream.of(command), Stream.of("--node", "127.0.0.1:" + node.port()))
            .toArray(String[]::new));
  }
}
