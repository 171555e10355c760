package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The commands that ask a running node, of a real one. */
class NodeCommandsTest {

  private static final int TRAFFIC = Ports.free();
  private static final int ADMIN = Ports.free();

  @TempDir private static Path directory;
  private static Origin origin;
  private static Process node;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws IOException {
    origin =
        Origin.answering("HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc\r\nContent-Length: 0\r\n\r\n");
    node =
        NodeProcess.start(
            directory,
            TRAFFIC,
            origin.port(),
            ADMIN,
            "upstreams.app.affinity { by = [ learn, header ], learn.cookies = [ sid ], header.name = x-user }\n"
                + "upstreams.other.servers = [ { address = \"127.0.0.1:"
                + origin.port()
                + "\", id = blue } ]");
    NodeProcess.output(node);
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + TRAFFIC + "/")).build();
    await()
        .ignoreExceptions()
        .until(
            () -> client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200);
  }

  @AfterAll
  static void stop() {
    node.destroyForcibly();
    origin.close();
  }

  /** A command of each kind. */
  static Stream<List<String>> commands() {
    return Stream.of(
        List.of("status"),
        List.of("status", "--watch"),
        List.of("top"),
        List.of("sessions"),
        List.of("sessions", "--upstream", "app", "abc"),
        List.of("servers"),
        List.of("servers", "up", "app/a:1"),
        List.of("servers", "drain", "app/a:1", "--wait"),
        List.of("shares"),
        List.of("changes"),
        List.of("changes", "undo", "0"),
        List.of("changes", "export"),
        List.of("reload"),
        List.of("diff"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aTrafficPortIsCalledThat(List<String> command) throws IOException {
    assertThat(run(TRAFFIC, command)).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("limpet: what answers at 127.0.0.1:" + TRAFFIC)
        .contains("is that a traffic port?")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void nobodyAtTheAddressIsSaid(List<String> command) throws IOException {
    int closed = Ports.free();
    assertThat(run(closed, command)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("limpet: no node answers at 127.0.0.1:" + closed);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aNodeThatLetsUsNotInIsSaid(List<String> command) throws IOException {
    try (StubNode stub = new StubNode(401, "{'title':'Unauthorized','detail':'show a token'}")) {
      assertThat(run(stub.port(), command)).isEqualTo(8);
      assertThat(err.toString())
          .startsWith(
              "limpet: 127.0.0.1:"
                  + stub.port()
                  + " asks for a token: set LIMPET_TOKEN, use --token-file, or");
    }
  }

  @Test
  void jsonIsWhatTheNodeAnswers() throws IOException {
    assertThat(run("status", "--json")).isZero();
    assertThat(json().at("/upstreams/app/servers/0/id").asText())
        .isEqualTo("app/127.0.0.1:" + origin.port());
    assertThat(run("sessions", "--json")).isZero();
    assertThat(json().path("table").asInt()).isEqualTo(1);
    assertThat(run("sessions", "--json", "--upstream", "app", "abc")).isZero();
    assertThat(json().path("secondsLeft").asInt()).isPositive();
  }

  @Test
  void sessionsAreCounted() throws IOException {
    assertThat(run("sessions")).isZero();
    assertThat(out.toString())
        .containsPattern("SERVER +SESSIONS\\R")
        .containsPattern("app/127.0.0.1:" + origin.port() + " +1\\R")
        .contains("sessions in the table: 1", "bound 1, moved 0");
  }

  @Test
  void aSessionIsFoundByItsId() throws IOException {
    assertThat(run("sessions", "--upstream", "app", "abc")).isZero();
    assertThat(out.toString()).startsWith("app/127.0.0.1:" + origin.port() + ", for ");
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("abc\n".getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(run("sessions", "--upstream", "app", "--name", "sid", "-")).isZero();
    } finally {
      System.setIn(before);
    }
    assertThat(run("sessions", "--upstream", "app", "abc%2F")).isEqualTo(5);
    assertThat(err.toString()).contains("knows no such session");
    assertThat(run("sessions", "--upstream", "app", "--by", "header", "abc")).isEqualTo(5);
  }

  @Test
  void whatTheNodeDoesNotTakeIsAnsweredWithWhatItHas() throws IOException {
    assertThat(run("sessions", "--upstream", "ap", "abc")).isEqualTo(2);
    assertThat(err.toString()).contains("\"ap\"", "[app, other]");
    assertThat(run("sessions", "--upstream", "app", "--by", "luck", "abc")).isEqualTo(2);
    assertThat(err.toString()).contains("\"luck\"", "[learn, header]");
  }

  @ParameterizedTest
  @CsvSource({"400,2", "403,8", "404,5", "409,6", "412,6", "422,2", "428,6", "500,1", "503,1"})
  void aRefusalEndsWithItsReasonAndALineForEachField(int status, int exit) throws IOException {
    String problem =
        "{'title':'no','detail':'two values are wrong\u001b[2J','errors':["
            + "{'field':'weight','message':'expected 1 to 1000','found':0},{'field':'zone','message':'expected text'}]}";
    try (StubNode stub = new StubNode(status, problem.replace("\u001b", "\\u001b"))) {
      assertThat(run(stub.port(), List.of("sessions"))).isEqualTo(exit);
      assertThat(err.toString().lines())
          .containsExactly(
              "limpet: two values are wrong?[2J",
              "  weight: expected 1 to 1000, found 0",
              "  zone: expected text");
      stub.answer(status, "{'error':'as nodes of before'}");
      assertThat(run(stub.port(), List.of("sessions"))).isEqualTo(exit);
      assertThat(err.toString()).isEqualToIgnoringNewLines("limpet: as nodes of before");
    }
  }

  @Test
  void whatIsChangedAtARealNodeHasAHistoryAndCanBeUndone() throws IOException {
    assertThat(run("servers", "set", "other/blue", "weight=3", "-m", "why not")).isZero();
    assertThat(run("servers", "list", "other")).isZero();
    assertThat(out.toString()).containsPattern("other/blue +\\S+ +up +3 +0 +file +weight");
    assertThat(run("changes", "--json")).isZero();
    String id = json().at("/changes/0/id").asText();
    assertThat(run("changes", "show", id.substring(0, id.length() - 2))).isZero();
    assertThat(out.toString()).contains("why not", "other/blue weight file -> 3");
    assertThat(run("changes", "export")).isZero();
    assertThat(out.toString()).contains("weight = 3");
    assertThat(run("servers", "show", "other/blue")).isZero();
    String version = out.toString().replaceFirst("(?s).*version +(\\S+).*", "$1");
    assertThat(run("changes", "undo", id)).isZero();
    assertThat(run("servers", "set", "other/blue", "weight=4", "--if-match", version)).isEqualTo(6);
    assertThat(err.toString()).contains("has been changed");
    assertThat(run("changes", "undo", id)).isEqualTo(6);
    assertThat(run("servers", "set", "other/blue", "weight=0", "wait=1")).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(3).anyMatch(line -> line.startsWith("  weight: "));
    assertThat(run("servers", "up", "other/green")).isEqualTo(5);
    assertThat(run("shares", "nowhere")).isEqualTo(5);
    assertThat(run("shares")).isZero();
    assertThat(out.toString()).contains("app=1");
    assertThat(run("changes", "discard", "--dry-run")).isZero();
    assertThat(out.toString()).contains("nothing has changed");
  }

  @Test
  void aRealServerIsDrainedToTheEnd() {
    assertThat(run("servers", "drain", "other/blue", "--wait", "--quiet", "1s")).isZero();
    assertThat(out.toString()).contains("other/blue is empty: no session in the table");
    assertThat(run("status")).isEqualTo(4);
    assertThat(run("servers", "up", "other/blue")).isZero();
    assertThat(
            run("servers", "drain", "app/127.0.0.1:" + origin.port(), "--wait", "--timeout", "1s"))
        .isEqualTo(9);
    assertThat(run("servers", "up", "app/127.0.0.1:" + origin.port())).isZero();
    assertThat(run("changes", "discard")).isZero();
  }

  @Test
  void severalUpstreamsHaveToBeTold() throws IOException {
    try (StubNode stub = new StubNode(200, "{'upstreams':{'a':{}},'server':'a/1'}")) {
      assertThat(run(stub.port(), List.of("sessions", "abc"))).isZero();
      assertThat(stub.asked().getLast()).contains("?upstream=a&by=learn&");
      stub.answer(200, "{'upstreams':{'a':{},'b':{}}}");
      assertThat(run(stub.port(), List.of("sessions", "abc"))).isEqualTo(2);
      assertThat(err.toString()).contains("--upstream", "[a, b]");
    }
  }

  @Test
  void aWatchedNodeMayDieAndComeBack() throws Exception {
    String state =
        "{'node':{'name':'edge-1','ready':true,'requests':%d},'upstreams':{'app':{'servers':["
            + "{'id':'app/a','health':'up','state':'up'},{'id':'app/b','health':'dead','state':'up'}]}},"
            + "'members':[{'name':'edge-1','reachable':true}]}";
    StubNode stub = new StubNode(200, state.formatted(5));
    Thread watch = Thread.ofVirtual().start(() -> run(stub.port(), List.of("status", "--watch")));
    try {
      await().until(() -> said(out).contains("0 requests/s  edge-1 is ready"));
      assertThat(said(out))
          .containsPattern(
              "\\R\\d\\d:\\d\\d:\\d\\d  0 requests/s  edge-1 is ready; nodes 1 of 1;"
                  + " servers up 1 of 2 \\(app/b dead\\); 0 active, ");
      stub.answer(200, state.formatted(12));
      await().until(() -> said(out).contains("  7 requests/s  edge-1"));
      stub.close();
      await().until(() -> said(err).contains("no node answers at "));
      out.getBuffer().setLength(0);
      try (StubNode again = new StubNode(stub.port(), 200, state.formatted(1))) {
        await().until(() -> said(out).contains("edge-1 is ready"));
        again.answer(403, "{'error':'not any more'}");
        assertThat(watch.join(Duration.ofMinutes(1))).isTrue();
        assertThat(said(err)).endsWith("limpet: not any more" + System.lineSeparator());
      }
    } finally {
      watch.interrupt();
    }
  }

  /** By util-linux's script, which gives a process a terminal of its own. */
  @Test
  void onATerminalTheViewIsRedrawnAndLeftBehindWithTheTerminalAsItWas() throws Exception {
    assumeThat(Path.of("/usr/bin/script")).isExecutable();
    assumeThat(Path.of("/bin/stty")).isExecutable();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder script =
        new ProcessBuilder(
            "/usr/bin/script",
            "-qfec",
            // Builds that run in the background have children that ignore Ctrl-C.
            "stty rows 11 cols 60; exec env --default-signal=INT "
                + java
                + " -XX:TieredStopAtLevel=1 -cp \"$CP\" dev.limpet.node.Main status --watch --node 127.0.0.1:"
                + ADMIN,
            "/dev/null");
    script.environment().put("CP", System.getProperty("java.class.path"));
    script.environment().put("TERM", "xterm");
    script.environment().remove("NO_COLOR");
    Process terminal = script.redirectErrorStream(true).start();
    try {
      Supplier<String> shown = NodeProcess.output(terminal);
      await().until(() -> shown.get().contains(" requests/s"));
      assertThat(shown.get())
          .startsWith("\u001b[?1049h")
          .contains("\u001b[32mup\u001b[0m", "\u001b[H", "… ")
          .doesNotContain("sessions in the table");
      // Ctrl-C
      terminal.getOutputStream().write(3);
      terminal.getOutputStream().flush();
      assertThat(terminal.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(terminal.exitValue()).isEqualTo(130);
      await().until(() -> shown.get().contains("sessions in the table"));
      assertThat(shown.get().lastIndexOf("\u001b[?1049l"))
          .isGreaterThan(shown.get().lastIndexOf("\u001b[H"));
    } finally {
      terminal.destroyForcibly();
    }
  }

  private static String said(StringWriter where) {
    return where.toString();
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  private int run(String... command) {
    return run(ADMIN, List.of(command));
  }

  /** With an empty page for what it says. */
  private int run(int admin, List<String> command) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(
        Stream.concat(command.stream(), Stream.of("--node", "127.0.0.1:" + admin))
            .toArray(String[]::new));
  }
}
