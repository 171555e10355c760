package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A running demo. One process owns all others: {@code demo start} in another terminal leaves a
 * request in a file, so that whatever is started is also stopped with the rest.
 */
final class Demo implements AutoCloseable {

  /** On slow machines. A process that has ended is not waited for. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final long POLL_MILLIS = 100;

  private final Blueprint blueprint;
  private final PrintWriter out;
  private final Map<String, Part> parts;
  private final Processes processes;
  private volatile boolean closing;

  Demo(Blueprint blueprint, PrintWriter out) {
    this.blueprint = blueprint;
    this.out = out;
    this.parts =
        blueprint.parts().stream().collect(Collectors.toMap(Part::name, Function.identity()));
    this.processes = new Processes(blueprint.directory());
  }

  /** Starts everything; returns when every node is Ready and every backend known to be up. */
  void start() throws InterruptedException {
    List<Part> all = blueprint.parts();
    Processes.checkPorts(all);
    blueprint.writeSettings();
    removeLogsAndRequests(all);
    installPackages();
    say(
        "starting three backends and three nodes; their logs are in "
            + shown(blueprint.directory()));
    // Nodes first: a JVM takes longer to come up than Node.js does.
    all.reversed().forEach(processes::start);
    for (Part part : all) {
      awaitAnswer(part);
    }
    awaitAllSeen();
  }

  /** Starts one that has died, and returns when it does its work again. */
  void startAgain(String name) throws InterruptedException {
    Part part = part(name);
    if (processes.isAlive(name)) {
      return;
    }
    processes.start(part);
    awaitAnswer(part);
  }

  /** Starts what {@code demo start NAME} has asked for in the meantime. */
  void answerRequests() {
    try {
      for (Part part : blueprint.parts()) {
        boolean asked = Files.deleteIfExists(StartRequest.file(blueprint, part.name()));
        if (asked && !processes.isAlive(part.name())) {
          processes.start(part);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void kill(String name) throws InterruptedException {
    processes.kill(name);
  }

  boolean isAlive(String name) {
    return processes.isAlive(name);
  }

  long pid(String name) {
    return processes.pid(name);
  }

  /** The option that another command needs to find this demo. */
  String chosenPorts() {
    return blueprint.basePort() == 0 ? "" : " --base-port " + blueprint.basePort();
  }

  /** The state that a node's admin API gives. */
  JsonNode state(int node) throws InterruptedException {
    return Http.state(blueprint.adminUrl(node));
  }

  Part part(String name) {
    Part part = parts.get(name);
    if (part == null) {
      throw new DemoFailure("there is no " + name + "; there are node-1 to 3 and backend-1 to 3");
    }
    return part;
  }

  List<Part> allParts() {
    return blueprint.parts();
  }

  /** Waits until every living node takes all that are alive for healthy. */
  void awaitAllSeen() throws InterruptedException {
    List<Part> alive = allParts().stream().filter(part -> isAlive(part.name())).toList();
    await(
        "every node to know all nodes and backends",
        () -> everyNodeSees(state -> alive.stream().allMatch(part -> isHealthy(state, part))));
  }

  /** Waits until every living node knows that this one has died. */
  void awaitGone(String name) throws InterruptedException {
    Part part = part(name);
    await(
        "the nodes to know that " + name + " is dead",
        () -> everyNodeSees(state -> isGone(state, part)));
  }

  private boolean everyNodeSees(Predicate<JsonNode> wanted) throws InterruptedException {
    for (int i = 1; i <= Blueprint.SIZE; i++) {
      if (processes.isAlive("node-" + i)) {
        JsonNode state = state(i);
        if (state.isMissingNode() || !wanted.test(state)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Fails if one of these has ended by itself. */
  void checkAlive(Predicate<Part> which) {
    for (Part part : allParts()) {
      if (which.test(part) && processes.hasEndedByItself(part.name()) && !closing) {
        throw new DemoFailure(part.name() + " has ended:\n" + lastLines(part.log()));
      }
    }
  }

  /** Waits for something that a process of the demo must do. */
  private void await(String what, Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      checkAlive(part -> true);
      if (System.nanoTime() > deadline) {
        throw new DemoFailure.TooSlow("waited for " + what + " for " + PATIENCE.toSeconds() + " s");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Whether the processes are being stopped: their ends are no news then. */
  boolean isClosing() {
    return closing;
  }

  void say(String line) {
    out.println(line);
    out.flush();
  }

  @Override
  public void close() {
    closing = true;
    processes.stop();
  }

  /** A question that is asked again until the answer is yes. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  private void awaitAnswer(Part part) throws InterruptedException {
    await(part.name(), () -> Http.answersOk(part.probe()));
  }

  private static boolean isHealthy(JsonNode state, Part part) {
    return part.isNode() ? isMember(state, part) : health(state, part).equals("up");
  }

  /** A suspect backend has not gone. */
  private static boolean isGone(JsonNode state, Part part) {
    return part.isNode()
        ? !isMember(state, part)
        : !List.of("up", "suspect").contains(health(state, part));
  }

  private static boolean isMember(JsonNode state, Part node) {
    return StreamSupport.stream(state.path("members").spliterator(), false)
        .filter(member -> member.path("name").asText().equals(node.name()))
        .anyMatch(
            member ->
                member.path("status").asText().equals("up")
                    && member.path("reachable").asBoolean());
  }

  private static String health(JsonNode state, Part backend) {
    return StreamSupport.stream(
            state.path("upstreams").path("chat").path("servers").spliterator(), false)
        .filter(server -> server.path("address").asText().equals(backend.address()))
        .map(server -> server.path("health").asText())
        .findFirst()
        .orElse("");
  }

  private void removeLogsAndRequests(List<Part> all) {
    try {
      for (Part part : all) {
        Files.deleteIfExists(part.log());
        Files.deleteIfExists(StartRequest.file(blueprint, part.name()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void installPackages() throws InterruptedException {
    Path installed = blueprint.chat().resolve("node_modules").resolve(".package-lock.json");
    Path wanted = blueprint.chat().resolve("package-lock.json");
    if (isNewer(installed, wanted)) {
      return;
    }
    say("installing the example application's packages");
    Path log = blueprint.directory().resolve("npm.log");
    try {
      Process npm =
          new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
              .directory(blueprint.chat().toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(new File("/dev/null"))
              .start();
      if (npm.waitFor() != 0) {
        throw new DemoFailure("npm could not install the packages:\n" + lastLines(log));
      }
    } catch (IOException e) {
      throw new DemoFailure("Node.js 20 or later with npm is needed: " + e.getMessage());
    }
  }

  private static boolean isNewer(Path file, Path than) {
    try {
      return Files.exists(file)
          && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) >= 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String lastLines(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      String tail =
          lines.subList(Math.max(0, lines.size() - 10), lines.size()).stream()
              .map(line -> "  " + line)
              .collect(Collectors.joining("\n"));
      return tail + "\n  (all of it: " + shown(log) + ")";
    } catch (IOException e) {
      return "  (no output)";
    }
  }

  private String shown(Path path) {
    return blueprint.home().relativize(path).toString();
  }
}
