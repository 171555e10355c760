package dev.limpet.node.demo;

import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code limpet demo}. */
@Command(
    name = "demo",
    description = "Run three nodes in front of three Node.js processes on this machine.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Clients come to 127.0.0.1:8081 to 8083, the dashboard is at 9081 to 9083; the servers are at",
      "3001 to 3003. With --base-port 20000 that is 20001 to 20003, 20021 to 20023, 20011 to 20013.",
      "Kill what you like (process ids are in var/demo/pids.json); Ctrl-C stops everything.",
      "",
      "  limpet demo start node-1          in another terminal: bring back what was killed",
      "  limpet demo --scenario kill-node  let Limpet kill a node and a backend under load",
      "                                    and check that nobody lost its place"
    },
    exitCodeListHeading = "%nA scenario ends with:%n",
    exitCodeList = {
      "0:PASS: all promises were kept",
      "1:FAIL: one was broken",
      "2:NOT PLAYED: a port is taken, or a process did not start",
      "3:TOO SLOW: the machine could not serve the clients; says what was measured"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final long REFRESH_MILLIS = 500;

  /** The scenarios that can be played. */
  enum Scenario {
    KILL_NODE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "play a scenario, say whether it passed, and stop: ${COMPLETION-CANDIDATES}")
  private @Nullable Scenario scenario;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      scope = ScopeType.INHERIT,
      description = "take the ports behind this one, up to 33 of them, in place of the usual ones")
  private int basePort;

  @Override
  public Integer call() throws InterruptedException {
    Blueprint blueprint = blueprint();
    PrintWriter out = spec.commandLine().getOut();
    Demo demo = new Demo(blueprint, out);
    Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "demo-stop"));
    if (scenario != null) {
      demo.say(
          "watch it at %s: a node and a backend die and come back, and sessions stay\n"
              .formatted(blueprint.dashboard(1)));
      ScenarioResult result = play(demo, blueprint);
      demo.say(result.name().replace('_', ' '));
      return result.exitCode();
    }
    demo.say(
        "dashboard: %s, once the nodes are up (all of them, as at %s and %s)\n"
            .formatted(blueprint.dashboard(1), blueprint.dashboard(2), blueprint.dashboard(3)));
    start(demo);
    explain(demo, blueprint);
    LiveView view = new LiveView(demo, out, isTerminal());
    while (true) {
      demo.answerRequests();
      view.refresh();
      Thread.sleep(REFRESH_MILLIS);
    }
  }

  private Blueprint blueprint() {
    if (basePort < 0 || basePort > Blueprint.MAX_BASE_PORT) {
      throw new ParameterException(
          spec.commandLine(),
          "--base-port: %d is not between 1 and %d".formatted(basePort, Blueprint.MAX_BASE_PORT));
    }
    Blueprint blueprint = Blueprint.here(basePort);
    if (!Files.isDirectory(blueprint.chat())) {
      throw new DemoFailure(
          "the demo runs from Limpet's sources, as ./limpet demo: there is no %s"
              .formatted(blueprint.chat()));
    }
    return blueprint;
  }

  private static void start(Demo demo) throws InterruptedException {
    demo.start();
    demo.say("demo ready");
  }

  private static ScenarioResult play(Demo demo, Blueprint blueprint) throws InterruptedException {
    try {
      start(demo);
      return new KillNodeScenario(demo, blueprint).run();
    } catch (DemoFailure failure) {
      demo.say(String.valueOf(failure.getMessage()));
      return failure instanceof DemoFailure.TooSlow
          ? ScenarioResult.TOO_SLOW
          : ScenarioResult.NOT_PLAYED;
    }
  }

  /** {@code limpet demo start NAME}. */
  @Command(
      name = "start",
      description = "Bring back a node or backend of the running demo that was killed.")
  int start(
      @Parameters(paramLabel = "NAME", description = "node-1 to node-3, backend-1 to backend-3")
          String name)
      throws InterruptedException {
    Blueprint blueprint = blueprint();
    PrintWriter out = spec.commandLine().getOut();
    out.println(new StartRequest(blueprint).send(new Demo(blueprint, out).part(name)));
    return 0;
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private static void explain(Demo demo, Blueprint blueprint) {
    demo.say(
        """

        Try it:
          open http://127.0.0.1:%1$d/ in a browser, then the same page on port %2$d or %3$d
          curl -b jar -c jar http://127.0.0.1:%1$d/whoami    and again, on %2$d and %3$d
          kill -9 the process of a node or a backend, look at the dashboard, and do it again
        Ctrl-C stops everything."""
            .formatted(blueprint.httpPort(1), blueprint.httpPort(2), blueprint.httpPort(3)));
  }
}
