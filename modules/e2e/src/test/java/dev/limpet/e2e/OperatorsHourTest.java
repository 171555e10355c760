package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.changes.NodeApi;
import dev.limpet.e2e.fixture.Browser;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * An hour of an operator's, with the commands that one has: one more server, a tenth of the traffic
 * for another version, the old server away, all of it into the file; and clients all the while.
 */
class OperatorsHourTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private final List<LimpetNode> nodes = new ArrayList<>();
  private final List<ChatBackend> backends = new ArrayList<>();
  private final List<Visitor> visitors = new ArrayList<>();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();

  /** A client with a session, who asks at any node, and is to stay where it is. */
  private final class Visitor {

    private final Browser browser;
    private final String backend;
    private volatile boolean leaves;
    private final AtomicInteger visits = new AtomicInteger();

    Visitor(Browser browser, String backend) {
      this.browser = browser;
      this.backend = backend;
      visitors.add(this);
      Thread.ofVirtual().start(this::visit);
    }

    private void visit() {
      while (!leaves) {
        try {
          LimpetNode node = nodes.get(ThreadLocalRandom.current().nextInt(nodes.size()));
          String now = browser.whoAmI(node).backend();
          if (!now.equals(backend)) {
            complaints.add("moved from " + backend + " to " + now);
          }
          visits.incrementAndGet();
        } catch (RuntimeException | AssertionError failure) {
          complaints.add(failure.toString());
        }
        LockSupport.parkNanos(50_000_000);
      }
    }
  }

  @BeforeEach
  void start() {
    for (String name : List.of("old", "other", "new", "canary")) {
      backends.add(new ChatBackend(name, directory));
    }
    for (int i = 1; i <= 3; i++) {
      nodes.add(new LimpetNode("node-" + i, directory));
    }
    String peers =
        nodes.stream()
            .map(node -> '"' + node.clusterAddress() + '"')
            .collect(Collectors.joining(", "));
    for (LimpetNode node : nodes) {
      node.start(
          """
          upstreams.nodejs {
            servers = [ { address = "%s" }, { address = "%s" } ]
            health { interval = 500ms, path = "/health" }
          }
          upstreams.canary {
            servers = [ { address = "%s" } ]
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { name = site, path = "/", upstream = [ { name = nodejs, weight = 100 }, { name = canary, weight = 0 } ] } ] } ]
          cluster.peers = [ %s ]
          """
              .formatted(address("old"), address("other"), address("canary"), peers));
    }
    nodes.forEach(LimpetNode::awaitReady);
  }

  @AfterEach
  void stop() {
    visitors.forEach(visitor -> visitor.leaves = true);
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  private String address(String backend) {
    return "127.0.0.1:"
        + backends.stream().filter(b -> b.name().equals(backend)).findFirst().orElseThrow().port();
  }

  @Test
  void aServerIsReplacedAndNobodyNotices() throws Exception {
    for (int i = 0; i < 3; i++) {
      visitorComesTo("old");
      visitorComesTo("other");
    }

    limpet(0, "servers", "add", "nodejs/" + address("new"), "slow-start=5s", "-m", "more room");
    visitorComesTo("new");

    limpet(1, "shares", "site", "nodejs=90", "canary=10");
    visitorComesTo("canary");

    String old = "nodejs/" + address("old");
    Child drain = begin(2, "servers", "drain", old, "--wait", "--quiet", "2s", "-m", "goes away");
    drain.awaitOutput("sessions left");
    await("all nodes drain it")
        .until(
            () ->
                drains(nodes.get(0), old)
                    && drains(nodes.get(1), old)
                    && drains(nodes.get(2), old));
    for (int i = 0; i < 30; i++) {
      assertThat(new Browser().whoAmI(nodes.get(i % 3)).backend()).isNotEqualTo("old");
    }
    // As long as there is one who comes back, it is not over.
    List<Visitor> bound = visitorsAt("old");
    int before = bound.stream().mapToInt(visitor -> visitor.visits.get()).sum();
    await("they are served")
        .until(() -> bound.stream().mapToInt(visitor -> visitor.visits.get()).sum() > before + 150);
    assertThat(drain.isAlive()).as(drain.output()).isTrue();
    bound.forEach(visitor -> visitor.leaves = true);
    assertThat(drain.awaitExit()).as(drain.output()).isZero();

    JsonNode changes = JSON.readTree(limpet(0, "changes", "list", "--json")).path("changes");
    assertThat(changes).hasSize(3);
    JsonNode last = changes.get(0);
    assertThat(last.path("comment").asText()).isEqualTo("goes away");
    assertThat(last.path("node").asText()).isEqualTo("node-3");
    assertThat(limpet(1, "changes", "show", last.path("id").asText())).contains("goes away");
    limpet(1, "changes", "undo", last.path("id").asText());
    visitorComesTo("old");

    String permanent = limpet(2, "changes", "export");
    assertThat(permanent).contains(address("new"));
    for (LimpetNode node : nodes) {
      Path file = directory.resolve(node.name() + ".conf");
      String written =
          Files.readString(file)
              .replace("weight = 100", "weight = 90")
              .replace("weight = 0", "weight = 10");
      Files.writeString(file, written);
      Files.writeString(file, permanent, StandardOpenOption.APPEND);
    }
    for (int i = 0; i < nodes.size(); i++) {
      limpet(i, "reload");
    }
    limpet(0, "changes", "discard");
    for (LimpetNode node : nodes) {
      await("the file says it at " + node.name())
          .until(() -> field(node, "nodejs/" + address("new"), "source").equals("file"));
    }
    for (int i = 0; i < nodes.size(); i++) {
      assertThat(limpet(i, "diff")).contains("a reload would change nothing");
    }
    await("clients of all servers are served")
        .until(() -> visitors.stream().allMatch(v -> v.leaves || v.visits.get() > 50));
    assertThat(complaints).isEmpty();
  }

  private List<Visitor> visitorsAt(String backend) {
    return visitors.stream().filter(visitor -> visitor.backend.equals(backend)).toList();
  }

  /** New clients come until one of them is sent to this server, who stays. */
  private void visitorComesTo(String backend) {
    await("a new client is sent to " + backend)
        .until(
            () -> {
              Browser browser = new Browser();
              boolean there = browser.whoAmI(nodes.getFirst()).backend().equals(backend);
              if (there) {
                new Visitor(browser, backend);
              }
              return there;
            });
  }

  /** What requests go by, which follows the change. */
  private static boolean drains(LimpetNode node, String server) throws Exception {
    JsonNode state = new NodeApi(node.adminAddress()).get("/api/v1/state").body();
    for (JsonNode one : state.path("upstreams").path("nodejs").path("servers")) {
      if (one.path("id").asText().equals(server)) {
        return one.path("state").asText().equals("drain");
      }
    }
    return false;
  }

  private static String field(LimpetNode node, String server, String field) throws Exception {
    String path = "/api/v1/upstreams/" + server.replaceFirst("/", "/servers/");
    return new NodeApi(node.adminAddress()).get(path).body().path(field).asText();
  }

  /** Runs a command as an operator does, who asks a node. */
  private String limpet(int node, String... words) {
    try (Child command = begin(node, words)) {
      int exit = command.awaitExit();
      assertThat(exit).as("%s: %s", List.of(words), command.output()).isZero();
      return command.output();
    }
  }

  private Child begin(int node, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--node", nodes.get(node).adminUrl("")));
    return LimpetNode.command(directory, all.toArray(String[]::new));
  }
}
