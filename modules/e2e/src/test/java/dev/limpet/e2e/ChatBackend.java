package dev.limpet.e2e;

import dev.limpet.testkit.Ports;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One Node.js process: {@code examples/chat}, or a script that is run as that is. */
final class ChatBackend implements AutoCloseable {

  static final Path CHAT = Path.of("..", "..", "examples", "chat").toAbsolutePath().normalize();

  private final String name;
  private final int port;
  private final Path directory;
  private final Path script;
  private Child child;

  ChatBackend(String name, Path directory) {
    this(name, directory, CHAT.resolve("server.js"));
  }

  /**
   * @param script finds the example's packages through the variable PACKAGES
   */
  ChatBackend(String name, Path directory, Path script) {
    this.name = name;
    this.script = script;
    this.port = Ports.free();
    this.directory = directory;
    installPackages(directory);
    this.child = launch();
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  void kill() {
    child.kill();
  }

  /**
   * @param name STOP, CONT and so on
   */
  void signal(String name) {
    child.signal(name);
  }

  void restart() {
    child = launch();
  }

  @Override
  public void close() {
    child.close();
  }

  private Child launch() {
    Child started =
        Child.start(
            name,
            directory,
            List.of("node", script.toString()),
            Map.of(
                "PORT",
                Integer.toString(port),
                "HOST",
                "127.0.0.1",
                "BACKEND_NAME",
                name,
                "PACKAGES",
                CHAT.toString()));
    started.awaitOutput("listening on");
    return started;
  }

  /** Brings what the example needs from npm, once. */
  static void installPackages(Path directory) {
    NpmPackages.install(CHAT, directory);
  }
}
