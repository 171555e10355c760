package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Under load, a node dies by SIGKILL, then a backend; both come back. Nobody may lose its place but
 * the sessions of the dead backend, and those may move once, at all nodes to the same place.
 */
final class KillNodeScenario {

  private static final int CLIENTS = 200;
  private static final int SOCKETS = 20;
  private static final String NODE = "node-2";
  private static final String BACKEND = "backend-3";

  /** For how long there is load between one event and the next. */
  private static final Duration UNDER_LOAD = Duration.ofSeconds(3);

  private final Demo demo;
  private final Blueprint blueprint;

  KillNodeScenario(Demo demo, Blueprint blueprint) {
    this.demo = demo;
    this.blueprint = blueprint;
  }

  /** Runs in a demo that has been started; returns whether the promise was kept. */
  boolean run() throws InterruptedException {
    List<String> nodes = demo.allParts().stream().filter(Part::isNode).map(Part::url).toList();
    try (Driver driver =
        Driver.start(
            blueprint.chat(),
            blueprint.directory().resolve("drive.log"),
            nodes,
            CLIENTS,
            SOCKETS)) {
      demo.say(CLIENTS + " clients with cookies and " + SOCKETS + " Socket.IO clients start");
      driver.awaitWarm();
      underLoad();

      killNode(driver);
      killBackend(driver);
      bringBack(driver, NODE, "node-back");
      bringBack(driver, BACKEND, "backend-back");
      return judge(driver.report());
    }
  }

  private void killNode(Driver driver) throws InterruptedException {
    demo.say("killing " + NODE);
    driver.mark("node-killed", demo.part(NODE));
    demo.kill(NODE);
    underLoad();
    driver.sweep();
    // Until then the health of backends is also voted on by the dead.
    demo.await("the other nodes to remove " + NODE, () -> demo.healthySeenBy(2, 3));
  }

  private void killBackend(Driver driver) throws InterruptedException {
    demo.say("killing " + BACKEND);
    driver.mark("backend-killed", demo.part(BACKEND));
    demo.kill(BACKEND);
    demo.await("the nodes to see that " + BACKEND + " is down", () -> demo.healthySeenBy(2, 2));
    underLoad();
    driver.sweep();
  }

  private void bringBack(Driver driver, String name, String mark) throws InterruptedException {
    demo.say("bringing " + name + " back");
    demo.startAgain(name);
    driver.mark(mark, demo.part(name));
    int backends = demo.isAlive(BACKEND) ? 3 : 2;
    demo.await("all nodes to take " + name + " in", () -> demo.healthySeenBy(3, backends));
    underLoad();
    driver.sweep();
  }

  private boolean judge(JsonNode report) {
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
    demo.say(table.toString());
    List<String> reasons = new ArrayList<>();
    if (!report.path("pass").asBoolean()) {
      report.path("violations").forEach(violation -> reasons.add(violation.asText()));
      if (reasons.isEmpty()) {
        reasons.add("not all Socket.IO clients came back");
      }
    }
    if (report.path("sessionsOfDeadBackend").asInt() == 0) {
      reasons.add("no session lived on " + BACKEND + ", so its death has shown nothing");
    }
    reasons.forEach(demo::say);
    demo.say(reasons.isEmpty() ? "PASS" : "FAIL");
    return reasons.isEmpty();
  }

  private static void underLoad() throws InterruptedException {
    Thread.sleep(UNDER_LOAD);
  }

  /** Lines of a name and a number. */
  private static final class Table {
    private final StringBuilder lines = new StringBuilder(System.lineSeparator());

    void row(String name, JsonNode report, String key) {
      lines.append("%-48s %8d%n".formatted(name, report.path(key).asLong()));
    }

    @Override
    public String toString() {
      return lines.toString();
    }
  }
}
