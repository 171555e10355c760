package dev.limpet.e2e.affinity.site;

import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.affinity.history.Outage;
import dev.limpet.e2e.affinity.history.Span;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** One Node.js process, and when it was really up. One thread does things to it at a time. */
public final class TestedBackend implements AutoCloseable {

  private static final Path SCRIPT =
      Path.of("src", "test", "js", "affinity-backend.js").toAbsolutePath();

  /** Ends by itself if nobody is left to end it. */
  private static final String LOAD =
      "for (const end = Date.now() + Number(process.env.MS); Date.now() < end; );";

  private final String name;
  private final String host;
  private final int port = Ports.free();
  private final Path directory;
  private final Timeline time;
  private final List<Outage> outages = new ArrayList<>();

  /** What else is at work while it is busy. */
  private final List<Child> loads = new CopyOnWriteArrayList<>();

  private Child process;

  TestedBackend(String name, String host, Path directory, Timeline time) {
    this.name = name;
    this.host = host;
    this.directory = directory;
    this.time = time;
    this.process = launch();
    awaitAnswer();
  }

  public String name() {
    return name;
  }

  String address() {
    return host + ":" + port;
  }

  public void kill() {
    begin("kill -9 of " + name, false);
    process.kill();
  }

  public void restart() {
    process = launch();
    awaitAnswer();
    end();
  }

  public void freeze() {
    begin("freeze of " + name, true);
    process.signal("STOP");
  }

  /** A freeze that is over before anybody may take it for a death. */
  public void pause() {
    begin("pause of " + name, true);
    process.signal("STOP");
  }

  public void thaw() {
    process.signal("CONT");
    awaitAnswer();
    end();
  }

  /** Blocks the event loop for so long, and keeps all cores at work meanwhile. */
  public void block(int millis) {
    begin(name + " is busy", true);
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      loads.add(
          Child.start("load", directory, List.of("node", "-e", LOAD), Map.of("MS", "" + millis)));
    }
    try (HttpConnection connection = connect()) {
      connection.send(HttpConnection.request("/block?ms=" + millis, ""));
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be asked to block", e);
    }
  }

  public void unblock() {
    loads.forEach(Child::close);
    loads.clear();
    awaitAnswer();
    end();
  }

  public void refuse() {
    begin(name + " refuses connections", false);
    process.signal("USR2");
  }

  public void accept() {
    process.signal("USR2");
    awaitAnswer();
    end();
  }

  public synchronized List<Outage> outages() {
    return List.copyOf(outages);
  }

  /** When it has answered for the first time since it was hurt last; 0 if it never was. */
  public synchronized long upSince() {
    return outages.isEmpty() ? 0 : outages.getLast().span().until();
  }

  @Override
  public void close() {
    loads.forEach(Child::close);
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
              try (HttpConnection connection = connect()) {
                return connection.exchange(request).status() == 200;
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  private HttpConnection connect() throws IOException {
    return new HttpConnection(new InetSocketAddress(host, port), Duration.ofSeconds(1));
  }
}
