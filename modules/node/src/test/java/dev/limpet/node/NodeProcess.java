package dev.limpet.node;

import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Starts nodes as processes of their own. */
final class NodeProcess {

  private NodeProcess() {}

  /**
   * A node with one listener, in front of one server.
   *
   * @param port where clients come to; 0 for any
   * @param more settings
   * @param command that runs the one which follows it, if there is to be any
   */
  static Process start(
      Path directory, int port, int server, int admin, String more, String... command)
      throws IOException {
    Path settings =
        Files.writeString(
            directory.resolve("limpet.conf"),
            """
            limpet {
              node { name = edge-1, event-loops = 1, drain-timeout = 1s }
              listeners = [ { name = http, bind = "127.0.0.1:%d" } ]
              upstreams.app {
                servers = [ { address = "127.0.0.1:%d" } ]
                health.interval = 200ms
              }
              hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
              cluster.bind = "127.0.0.1:%d"
              admin { bind = "127.0.0.1:%d", hosts = [ limpet.internal ] }
              %s
            }
            """
                .formatted(port, server, Ports.free(), admin, more));
    List<String> node =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.limpet.node.Main",
            "run",
            "--config",
            settings.toString());
    return new ProcessBuilder(Stream.concat(Stream.of(command), node.stream()).toList())
        .redirectErrorStream(true)
        .start();
  }

  /** What it has printed from now on. */
  static Supplier<String> output(Process node) {
    Queue<String> lines = new ConcurrentLinkedQueue<>();
    Thread.ofVirtual()
        .start(() -> node.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add));
    return () -> String.join("\n", lines);
  }
}
