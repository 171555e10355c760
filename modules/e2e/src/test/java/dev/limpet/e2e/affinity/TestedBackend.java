package dev.limpet.e2e.affinity;

import dev.limpet.e2e.Child;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.awaitility.Awaitility.await;

/** One Node.js process, and when it was really up. One thread does things to it at a time. */
final class TestedBackend implements AutoCloseable {

  private static final Path SCRIPT =
      Path.of("src", "test", "js", "affinity-backend.js").toAbsolutePath();

  private final String name;
  private final String host;
  private final int port = Ports.free();
  private final Path directory;
  private final Timeline time;
  private final List<Outage> outages = new ArrayList<>();
  private Child process;

  TestedBackend(String name, String host, Path directory, Timeline time) {
    this.name = name;
    this.host = host;
    this.directory = directory;
    this.time = time;
    this.process = launch();
    awaitAnswer();
  }

  String name() {
    return name;
  }

  String address() {
    return host + ":" + port;
  }

  void kill() {
    begin("kill -9 of " + name, false);
    process.kill();
  }

  void restart() {
    process = launch();
    awaitAnswer();
    end();
  }

  void freeze() {
    begin("freeze of " + name, true);
    process.signal("STOP");
  }

  void thaw() {
    process.signal("CONT");
    awaitAnswer();
    end();
  }

  void refuse() {
    begin(name + " refuses connections", false);
    process.signal("USR2");
  }

  void accept() {
    process.signal("USR2");
    awaitAnswer();
    end();
  }

  synchronized List<Outage> outages() {
    return List.copyOf(outages);
  }

  @Override
  public void close() {
    process.close();
  }

  private synchronized void begin(String what, boolean silent) {
    outages.add(new Outage(name, new Span(time.now(), Long.MAX_VALUE, what), silent));
  }

  private synchronized void end() {
    Outage open = outages.removeLast();
    Span span = new Span(open.span().from(), time.now(), open.span().what());
    outages.add(new Outage(name, span, open.silent()));
  }

  private Child launch() {
    return Child.start(
        name,
        directory,
        List.of("node", SCRIPT.toString()),
        Map.of("PORT", Integer.toString(port), "HOST", host, "BACKEND_NAME", name));
  }

  private void awaitAnswer() {
    byte[] request = HttpConnection.request("/health", "");
    await(name + " answers")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              try (HttpConnection connection =
                  new HttpConnection(new InetSocketAddress(host, port), Duration.ofSeconds(1))) {
                return connection.exchange(request).status() == 200;
              } catch (IOException notYet) {
                return false;
              }
            });
  }
}
