package dev.limpet.node.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The parts of the demo: three backends on ports 3001 to 3003 and three nodes, whose clients come
 * to 8081 to 8083 and operators to 9081 to 9083; or all of them behind a port that somebody has
 * chosen.
 *
 * @param home where Limpet lies
 * @param basePort 0 for the usual ports
 */
record Blueprint(Path home, int basePort) {

  static final int SIZE = 3;

  /** The highest that leaves room for all. */
  static final int MAX_BASE_PORT = 65_535 - 33;

  /** In the directory where the launcher says that Limpet lies, or else in this one. */
  static Blueprint here(int basePort) {
    return new Blueprint(
        Path.of(System.getProperty("limpet.home", ".")).toAbsolutePath().normalize(), basePort);
  }

  Path directory() {
    return home.resolve("var").resolve(basePort == 0 ? "demo" : "demo-" + basePort);
  }

  Path chat() {
    return home.resolve("examples").resolve("chat");
  }

  String adminUrl(int node) {
    return "http://127.0.0.1:" + adminPort(node);
  }

  /** A page that shows all nodes, by way of this one. */
  String dashboard(int node) {
    return adminUrl(node) + "/";
  }

  int httpPort(int node) {
    return (basePort == 0 ? 8080 : basePort) + node;
  }

  private int backendPort(int backend) {
    return (basePort == 0 ? 3000 : basePort + 10) + backend;
  }

  private int adminPort(int node) {
    return (basePort == 0 ? 9080 : basePort + 20) + node;
  }

  private int clusterPort(int node) {
    return (basePort == 0 ? 25_520 : basePort + 30) + node;
  }

  /** The backends, then the nodes. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (int i = 1; i <= SIZE; i++) {
      parts.add(backend(i));
    }
    for (int i = 1; i <= SIZE; i++) {
      parts.add(node(i));
    }
    return parts;
  }

  private Part backend(int index) {
    String name = "backend-" + index;
    int port = backendPort(index);
    return new Part(
        name,
        port,
        List.of(port),
        "http://127.0.0.1:" + port + "/health",
        List.of("node", chat().resolve("server.js").toString()),
        Map.of(
            "PORT",
            Integer.toString(port),
            "HOST",
            "127.0.0.1",
            "BACKEND_NAME",
            name,
            "DASHBOARD_URL",
            dashboard(1)),
        directory().resolve(name + ".log"));
  }

  private Part node(int index) {
    String name = "node-" + index;
    Path file = directory().resolve(name + ".conf");
    return new Part(
        name,
        httpPort(index),
        List.of(httpPort(index), adminPort(index), clusterPort(index)),
        adminUrl(index) + "/ready",
        Stream.of(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream(),
                Stream.of(
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.limpet.node.Main",
                    "run",
                    "--config",
                    file.toString()))
            .flatMap(words -> words)
            .toList(),
        Map.of(),
        directory().resolve(name + ".log"));
  }

  /** Writes the nodes' settings, which are also there to be read. */
  void writeSettings() {
    try {
      Files.createDirectories(directory());
      for (int i = 1; i <= SIZE; i++) {
        Files.writeString(directory().resolve("node-" + i + ".conf"), settings(i));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + directory(), e);
    }
  }

  private String settings(int index) {
    return """
        # Written by `limpet demo` at every start.
        limpet {
          node { name = node-%d, event-loops = 1, drain-timeout = 2s, data = off }
          listeners = [ { name = http, bind = "127.0.0.1:%d" } ]
          upstreams.chat {
            servers = [
              { address = "127.0.0.1:%d" }
              { address = "127.0.0.1:%d" }
              { address = "127.0.0.1:%d" }
            ]
            affinity { cookie { ttl = 1h } }
            health { path = "/health", interval = 1s }
            # express-session sends the last byte of an answer only when it has saved the session, which
            # takes a while here if six processes share two cores.
            retries.hold-short-answers = 5s
          }
          hosts = [ { routes = [ { path = "/", upstream = chat } ] } ]
          cluster {
            bind = "127.0.0.1:%d"
            peers = [ "127.0.0.1:%d", "127.0.0.1:%d", "127.0.0.1:%d" ]
          }
          admin.bind = "127.0.0.1:%d"
        }
        """
        .formatted(
            index,
            httpPort(index),
            backendPort(1),
            backendPort(2),
            backendPort(3),
            clusterPort(index),
            clusterPort(1),
            clusterPort(2),
            clusterPort(3),
            adminPort(index));
  }
}
