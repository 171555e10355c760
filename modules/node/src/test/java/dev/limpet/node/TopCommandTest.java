package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TopCommandTest {

  private static final String LIVE =
      """
      {'node':'edge-1','sessions':{'table':7},
       'total':{'active':3,'rate':{'requests':1234.5,'errors':0.25},'latency':{'p50':0.0012,'p99':0.25}},
       'nodes':[{'name':'edge-1','status':'up','reachable':true,'answers':true,'ready':true,'cpu':0.5,
                 'heapUsed':1,'heapMax':4,'connections':12,'figures':{'active':3,'rate':{'requests':9.5,'errors':0}}},
                {'name':'edge-2','status':'up','reachable':true,'answers':false,'age':5.2}],
       'upstreams':[{'name':'app','balance':'round-robin','queued':4,'figures':{'active':3},'servers':[
         {'id':'app/a','health':'up','state':'up','reason':'',
          'figures':{'active':1,'rate':{'requests':5,'errors':0},'latency':{'p50':0.001,'p99':0.5}}},
         {'id':'app/b','health':'dead','state':'up','reason':'connection\\u001b[2Jrefused',
          'figures':{'active':2,'rate':{'requests':4.5,'errors':2},'latency':{'p50':0.1,'p99':12}}}]}]}
      """;

  private final StringWriter out = new StringWriter();

  private int run(StubNode node, String... more) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(out, true));
    String[] words = new String[more.length + 3];
    words[0] = "top";
    words[1] = "--node";
    words[2] = "127.0.0.1:" + node.port();
    System.arraycopy(more, 0, words, 3, more.length);
    return line.execute(words);
  }

  @Test
  void withoutATerminalItIsShownOnce() throws Exception {
    try (StubNode node = new StubNode(200, LIVE)) {
      assertThat(run(node)).isZero();
      assertThat(out.toString())
          .containsPattern(
              "123[45] requests/s, 0[.][23] errors/s, p50 1[.]2 ms, p99 250 ms, 3 active, 7 sessions; by edge-1")
          .containsPattern("edge-1 +ready +9[.]5 +0 +- +- +3 +12 +50 % +25 %")
          .containsPattern("edge-2 +does not answer for 5 s +- ")
          .containsPattern("app +round-robin +- +- +- +- +3 +4")
          .containsPattern("app/a +up +up +5[.]0 +0 +1[.]0 ms +500 ms +1")
          .containsPattern(
              "app/b +dead +up +4[.]5 +2[.]0 +100 ms +12 s +2 +connection[?]\\[2Jrefused");
      assertThat(node.asked()).containsExactly("GET /api/v1/live");
    }
  }

  @Test
  void jsonIsWhatTheNodeAnswers() throws Exception {
    try (StubNode node = new StubNode(200, LIVE)) {
      assertThat(run(node, "--json")).isZero();
      assertThat(out.toString()).startsWith("{\"node\":\"edge-1\"");
    }
  }

  @Test
  void whoMayNotLookIsTold() throws Exception {
    try (StubNode node = new StubNode(403, "{'detail':'read is not enough'}")) {
      assertThat(run(node)).isEqualTo(8);
      assertThat(out.toString()).contains("read is not enough");
    }
  }

  /** By util-linux's script, which gives a process a terminal of its own. */
  @Test
  void keysSortAndDrainOnATerminalThatIsLeftAsItWas() throws Exception {
    assumeThat(Path.of("/usr/bin/script")).isExecutable();
    assumeThat(Path.of("/bin/stty")).isExecutable();
    try (StubNode node = new StubNode(200, LIVE)) {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      ProcessBuilder script =
          new ProcessBuilder(
              "/usr/bin/script",
              "-qfec",
              "stty rows 30 cols 120; "
                  + java
                  + " -XX:TieredStopAtLevel=1 -cp \"$CP\" dev.limpet.node.Main top --node 127.0.0.1:"
                  + node.port()
                  + "; stty -a",
              "/dev/null");
      script.environment().put("CP", System.getProperty("java.class.path"));
      script.environment().put("TERM", "xterm");
      script.environment().put("NO_COLOR", "1");
      Process terminal = script.redirectErrorStream(true).start();
      try {
        Supplier<String> shown = NodeProcess.output(terminal);
        await().until(() -> shown.get().contains("q ends, arrows choose, s sorts (by name)"));
        press(terminal, "d");
        await().until(() -> shown.get().contains("choose a server first"));
        press(terminal, "ssss");
        await().until(() -> shown.get().contains("s sorts (by active)"));
        // The busiest is first now.
        press(terminal, "\u001b[B");
        await().until(() -> shown.get().contains(">    app/b"));
        press(terminal, "d");
        await()
            .until(
                () ->
                    shown
                        .get()
                        .contains(
                            "drain app/b? It gets no new clients, at all nodes; those it has, and 2"
                                + " requests under way, stay. y/n"));
        press(terminal, "n");
        await().until(() -> shown.get().contains("nothing has changed"));
        assertThat(node.asked()).containsOnly("GET /api/v1/live");
        press(terminal, "dy");
        await()
            .until(
                () ->
                    node.asked().stream()
                        .anyMatch(
                            asked ->
                                asked.equals(
                                    "PATCH /api/v1/upstreams/app/servers/b?comment=by%20limpet%20top"
                                        + " {\"state\":\"drain\"}")));
        node.answer(403, "{'detail':'no more'}");
        await().until(() -> shown.get().contains("limpet: no more"));
        assertThat(terminal.waitFor(1, TimeUnit.MINUTES)).isTrue();
        await().until(() -> shown.get().contains(" icanon"));
        assertThat(shown.get())
            .startsWith("\u001b[?1049h")
            .contains("\u001b[?1049l")
            .doesNotContain("-icanon", "-echo ");
      } finally {
        terminal.destroyForcibly();
      }
    }
  }

  private static void press(Process terminal, String keys) throws Exception {
    terminal.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
    terminal.getOutputStream().flush();
  }
}
