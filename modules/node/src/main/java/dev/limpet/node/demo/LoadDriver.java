package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The example's load driver ({@code examples/chat/drive.js}): a Node.js process whose clients have
 * cookies and sockets, which takes commands and gives answers as lines of JSON.
 */
final class LoadDriver implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Long enough for slow machines. Whoever waits hears at once if the process has ended. */
  private static final long ANSWER_SECONDS = 300;

  private final Process process;
  private final Writer commands;
  private final Path log;
  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

  private LoadDriver(Process process, Path log) {
    this.process = process;
    this.commands = process.outputWriter();
    this.log = log;
    Thread.ofVirtual().start(this::read);
  }

  /** Its clients come to all nodes; it also watches the nodes and backends themselves. */
  static LoadDriver start(Blueprint blueprint, int clients, int sockets) {
    List<Part> parts = blueprint.parts();
    Path log = blueprint.directory().resolve("drive.log");
    try {
      return new LoadDriver(
          new ProcessBuilder(
                  "node",
                  "drive.js",
                  "--nodes",
                  parts.stream()
                      .filter(Part::isNode)
                      .map(Part::url)
                      .collect(Collectors.joining(",")),
                  "--probes",
                  parts.stream()
                      .map(part -> clientsName(part) + "=" + part.probe())
                      .collect(Collectors.joining(",")),
                  "--clients",
                  Integer.toString(clients),
                  "--sockets",
                  Integer.toString(sockets))
              .directory(blueprint.chat().toFile())
              .redirectError(log.toFile())
              .start(),
          log);
    } catch (IOException e) {
      throw new DemoFailure("cannot start the load driver: " + e.getMessage());
    }
  }

  /** Announces what is about to be done to a node or backend; returns when the driver knows. */
  void mark(String event, Part part) throws InterruptedException {
    send(
        Map.of(
            "cmd", "mark", "event", event, part.isNode() ? "url" : "backend", clientsName(part)));
    await("marked");
  }

  private static String clientsName(Part part) {
    return part.isNode() ? part.url() : part.name();
  }

  /** Every client asks every living node; answers when all have. */
  JsonNode sweep() throws InterruptedException {
    send(Map.of("cmd", "sweep"));
    return await("swept");
  }

  JsonNode report() throws InterruptedException {
    send(Map.of("cmd", "report"));
    return await("report");
  }

  /**
   * Waits until all clients have a backend, and all sockets are connected; false if some have not.
   */
  boolean awaitWarm() throws InterruptedException {
    return await("warm", "notWarm").path("event").asText().equals("warm");
  }

  @Override
  public void close() {
    process.destroy();
  }

  private JsonNode await(String... wanted) throws InterruptedException {
    while (true) {
      JsonNode next = events.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new DemoFailure.TooSlow(
            "the load driver has not said \"%s\" in %d s".formatted(wanted[0], ANSWER_SECONDS));
      }
      if (next.isMissingNode()) {
        throw new DemoFailure("the load driver has ended; see " + log);
      }
      if (List.of(wanted).contains(next.path("event").asText())) {
        return next;
      }
    }
  }

  private void send(Map<String, String> command) {
    try {
      commands.write(JSON.writeValueAsString(command) + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new DemoFailure("the load driver has ended; see " + log);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        events.add(JSON.readTree(line));
      }
    } catch (IOException closed) {
      // As its end would be: it says no more.
    }
    events.add(MissingNode.getInstance());
  }
}
