package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Under load, a node dies by SIGKILL, then a backend; both come back. Nobody may lose its place but
 * the sessions of the dead backend, and those may move once, at all nodes to the same place. How
 * long anything takes is not judged: a slow machine shows as much as a quick one while it serves.
 */
final class KillNodeScenario {

  private static final int CLIENTS = 200;
  private static final int SOCKETS = 20;
  private static final String NODE = "node-2";
  private static final String BACKEND = "backend-3";

  /** The time of load between one event and the next. */
  private static final Duration UNDER_LOAD = Duration.ofSeconds(3);

  private final Demo demo;
  private final Blueprint blueprint;

  KillNodeScenario(Demo demo, Blueprint blueprint) {
    this.demo = demo;
    this.blueprint = blueprint;
  }

  /** Runs in a demo that has been started. */
  ScenarioResult run() throws InterruptedException {
    try (LoadDriver driver = LoadDriver.start(blueprint, CLIENTS, SOCKETS)) {
      demo.say(CLIENTS + " clients with cookies and " + SOCKETS + " Socket.IO clients start");
      if (!driver.awaitWarm()) {
        return judge(driver.report(), "not all clients were served in the time that they had");
      }
      underLoad();

      killNode(driver);
      killBackend(driver);
      bringBack(driver, NODE, "node-back");
      bringBack(driver, BACKEND, "backend-back");
      return judge(driver.report(), "");
    }
  }

  private void killNode(LoadDriver driver) throws InterruptedException {
    demo.say("killing " + NODE);
    driver.mark("node-killed", demo.part(NODE));
    demo.kill(NODE);
    underLoad();
    driver.sweep();
    // Until then the health of backends is also voted on by the dead.
    demo.awaitGone(NODE);
  }

  private void killBackend(LoadDriver driver) throws InterruptedException {
    demo.say("killing " + BACKEND);
    driver.mark("backend-killed", demo.part(BACKEND));
    demo.kill(BACKEND);
    driver.mark("backend-gone", demo.part(BACKEND));
    demo.awaitGone(BACKEND);
    underLoad();
    driver.sweep();
  }

  private void bringBack(LoadDriver driver, String name, String mark) throws InterruptedException {
    demo.say("bringing " + name + " back");
    demo.startAgain(name);
    driver.mark(mark, demo.part(name));
    demo.awaitAllSeen();
    underLoad();
    driver.sweep();
  }

  /**
   * @param missing what has not even been tried; empty: nothing
   */
  private ScenarioResult judge(JsonNode report, String missing) {
    Table table = new Table();
    table.row("requests", report, "requests");
    table.row("retried because the node was dead", report, "retriedNodeDead");
    table.row("errors", report, "errors");
    table.row("in flight at the killed, not safe to repeat", report, "errorsExcused");
    table.row("sessions that changed backend while it lived", report, "changedWhileAlive");
    table.row("sessions of the killed backend", report, "sessionsOfDeadBackend");
    table.row("  moved once", report, "movedOnce");
    table.row("  moved more than once", report, "movedMoreThanOnce");
    table.row("clients about whom nodes disagree", report, "disagreements");
    table.row("gaps in visits counted", report, "visitGaps");
    table.row("Socket.IO clients", report, "socketsTotal");
    table.row("  back on their backend", report, "socketsBack");
    table.row("  on a wrong backend", report, "socketsWrong");
    table.row("what the machine left undone", report, "unserved");
    table.row(
        "processor time that the driver got of what it wanted (%)",
        100 * report.path("machine").path("share").asDouble());
    table.row("half of all answers took at most (ms)", report.path("machine"), "p50Ms");
    table.row("99 of 100 took at most (ms)", report.path("machine"), "p99Ms");
    demo.say(table.toString());
    // Who has left one of these was right to.
    demo.checkAlive(part -> !part.isNode());
    if (!report.path("violations").isEmpty()) {
      report.path("violations").forEach(violation -> demo.say(violation.asText()));
      return ScenarioResult.FAIL;
    }
    demo.checkAlive(Part::isNode);
    List<String> reasons = new ArrayList<>();
    if (!missing.isEmpty()) {
      reasons.add(missing);
    } else if (report.path("sessionsOfDeadBackend").asInt() == 0) {
      reasons.add("no session lived on " + BACKEND + ", so its death has shown nothing");
    }
    int unserved = report.path("unserved").asInt();
    if (unserved > 0) {
      report.path("unservedExamples").forEach(example -> demo.say(example.asText()));
      reasons.add("%d times it was too slow to answer".formatted(unserved));
    }
    if (reasons.isEmpty()) {
      return ScenarioResult.PASS;
    }
    reasons.add(measured(report.path("machine")));
    demo.say(Machine.tooSlow(String.join("; ", reasons)));
    return ScenarioResult.TOO_SLOW;
  }

  private static String measured(JsonNode machine) {
    List<String> measured = new ArrayList<>();
    measured.add(
        "the load driver got %.0f%% of the processor time that it wanted"
            .formatted(100 * machine.path("share").asDouble()));
    measured.add(
        "half of all answers took more than %d ms, one in a hundred more than %d ms"
            .formatted(machine.path("p50Ms").asLong(), machine.path("p99Ms").asLong()));
    machine
        .path("still")
        .forEach(
            one ->
                measured.add(
                    "%s stood still for %.1f s"
                        .formatted(one.path("name").asText(), one.path("ms").asLong() / 1000.0)));
    return String.join(", ", measured);
  }

  private static void underLoad() throws InterruptedException {
    Thread.sleep(UNDER_LOAD);
  }

  /** Lines of a name and a number. */
  private static final class Table {
    private final StringBuilder lines = new StringBuilder(System.lineSeparator());

    void row(String name, JsonNode report, String key) {
      row(name, report.path(key).asDouble());
    }

    void row(String name, double value) {
      lines.append("%-56s %8.0f%n".formatted(name, value));
    }

    @Override
    public String toString() {
      return lines.toString();
    }
  }
}
