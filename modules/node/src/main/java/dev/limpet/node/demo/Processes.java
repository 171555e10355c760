package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The running processes of the demo, and {@code var/demo/pids.json}, which names them. */
final class Processes {

  static final String PIDS = "pids.json";

  /** Nodes drain for 2 s and say goodbye to the cluster; whoever takes longer is not waited for. */
  private static final long STOP_SECONDS = 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Map<String, Process> running = new LinkedHashMap<>();
  private final Set<Process> killed = new HashSet<>();

  Processes(Path directory) {
    this.directory = directory;
  }

  /** Fails with the ports that somebody else listens on. */
  static void checkPorts(List<Part> parts) {
    List<String> taken = new ArrayList<>();
    for (Part part : parts) {
      for (int port : part.ports()) {
        if (isTaken(port)) {
          taken.add(port + " (" + part.name() + ")");
        }
      }
    }
    if (!taken.isEmpty()) {
      throw new DemoFailure(
          "the demo needs ports of 127.0.0.1 that are taken: " + String.join(", ", taken));
    }
  }

  private static boolean isTaken(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  synchronized void start(Part part) {
    ProcessBuilder builder =
        new ProcessBuilder(part.command())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(part.log().toFile()));
    builder.environment().putAll(part.environment());
    try {
      running.put(part.name(), builder.start());
      writePids();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + part.name() + ": " + e.getMessage(), e);
    }
  }

  synchronized boolean isAlive(String name) {
    Process process = running.get(name);
    return process != null && process.isAlive();
  }

  synchronized long pid(String name) {
    Process process = running.get(name);
    return process == null ? 0 : process.pid();
  }

  /** As {@code kill -9}; returns when the process is gone. */
  void kill(String name) throws InterruptedException {
    Process process;
    synchronized (this) {
      process = running.get(name);
      if (process == null) {
        return;
      }
      killed.add(process);
    }
    process.destroyForcibly().waitFor();
  }

  /** Whether it has ended though {@link #kill} had no part in it. */
  synchronized boolean hasEndedByItself(String name) {
    Process process = running.get(name);
    return process != null && !process.isAlive() && !killed.contains(process);
  }

  /** Ends all of them, the nodes gently and at one time. */
  synchronized void stop() {
    if (running.isEmpty()) {
      // The file may be another demo's.
      return;
    }
    running.values().forEach(Process::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    try {
      for (Process process : running.values()) {
        if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
      Files.deleteIfExists(directory.resolve(PIDS));
    } catch (InterruptedException e) {
      running.values().forEach(Process::destroyForcibly);
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    running.clear();
  }

  /** Readers see the old file or the new one, never half of one. */
  private void writePids() throws IOException {
    Map<String, Long> pids = new LinkedHashMap<>();
    running.forEach((name, process) -> pids.put(name, process.pid()));
    Path file = directory.resolve(PIDS);
    Path draft = directory.resolve(PIDS + ".new");
    Files.writeString(draft, JSON.writeValueAsString(pids) + "\n");
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
