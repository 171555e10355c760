package dev.limpet.node.demo;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Asks the running demo, which is another process, to start one of its own again. */
final class StartRequest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 100;

  private final Blueprint blueprint;

  StartRequest(Blueprint blueprint) {
    this.blueprint = blueprint;
  }

  static Path file(Blueprint blueprint, String name) {
    return blueprint.directory().resolve(name + ".start");
  }

  /** Returns what came of it, when the process does its work. */
  String send(Part part) throws InterruptedException {
    if (isAlive(pids().getOrDefault(part.name(), 0L))) {
      return part.name() + " is running already";
    }
    Path request = file(blueprint, part.name());
    try {
      Files.writeString(request, "");
    } catch (IOException e) {
      throw new DemoFailure("cannot write " + request + ": " + e.getMessage());
    }
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (System.nanoTime() < deadline) {
      boolean taken = !Files.exists(request);
      if (taken && Http.answersOk(part.probe())) {
        return part.name() + " is back, process " + pids().get(part.name());
      }
      Thread.sleep(POLL_MILLIS);
    }
    withdraw(request);
    throw new DemoFailure(
        part.name() + " did not come back in " + TIMEOUT.toSeconds() + " s; see " + part.log());
  }

  private Map<String, Long> pids() {
    try {
      return new ObjectMapper()
          .readValue(
              blueprint.directory().resolve(Processes.PIDS).toFile(),
              new TypeReference<Map<String, Long>>() {});
    } catch (IOException e) {
      throw new DemoFailure("no demo is running here; start one with: ./limpet demo");
    }
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void withdraw(Path request) {
    try {
      Files.deleteIfExists(request);
    } catch (IOException e) {
      // Then the demo finds it, and starts what was asked for.
    }
  }
}
