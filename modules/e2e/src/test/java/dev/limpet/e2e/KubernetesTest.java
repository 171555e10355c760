package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.ApiServer;
import dev.limpet.testkit.TestSlice;
import dev.limpet.testkit.TestSlice.Condition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Servers of Node.js that are pods, as an API server of Kubernetes tells of them, under load. */
class KubernetesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  /** Clients that ask all the time, and what has become of it. */
  private static final class Load implements AutoCloseable {

    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> newClients = new ConcurrentHashMap<>();
    private volatile boolean over;

    /**
     * @param cookie of a client that has a session already; others are new each time
     */
    Load(LimpetNode node, String cookie) {
      clients.execute(() -> ask(node, "Cookie", cookie));
      clients.execute(() -> ask(node));
    }

    private void ask(LimpetNode node, String... headers) {
      while (!over) {
        HttpResponse<String> answer;
        try {
          answer = LimpetNode.get(node.url("/whoami"), headers);
        } catch (UncheckedIOException e) {
          failures.add(e.toString());
          continue;
        }
        if (answer.statusCode() != 200) {
          failures.add(answer.statusCode() + " " + answer.body());
        } else if (headers.length == 0) {
          newClients.computeIfAbsent(backend(answer), name -> new AtomicInteger()).addAndGet(1);
        }
      }
    }

    /** Waits until so many new clients were served from now on. */
    Map<String, Integer> next(int count) {
      newClients.clear();
      await().until(() -> served() >= count);
      Map<String, Integer> served = new TreeMap<>();
      newClients.forEach((name, clients) -> served.put(name, clients.get()));
      return served;
    }

    private int served() {
      return newClients.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    @Override
    public void close() {
      over = true;
      clients.close();
    }
  }

  @Test
  void podsComeAndGoAndNoClientNotices() throws IOException {
    try (ApiServer api = new ApiServer();
        ChatBackend one = new ChatBackend("one", directory);
        ChatBackend two = new ChatBackend("two", directory);
        ChatBackend three = new ChatBackend("three", directory);
        LimpetNode node = new LimpetNode("node-1", directory)) {
      api.put(pod(one, Condition.READY));
      api.put(pod(two, Condition.READY));
      api.put(pod(three, Condition.NOT_READY));
      node.start(
          """
          kubernetes { api = "%s", service-account = "%s" }
          upstreams.nodejs {
            discovery.kubernetes { service = chat, port = http, drain = 1m }
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          """
              .formatted(api.url(), api.writeAccount(directory.resolve("account"))));
      node.awaitReady();
      HttpResponse<String> first = LimpetNode.get(node.url("/whoami"));
      ChatBackend home = backend(first).equals("one") ? one : two;
      ChatBackend other = home == one ? two : one;
      String cookie =
          first.headers().allValues("set-cookie").stream()
              .filter(set -> set.startsWith("limpet="))
              .map(set -> set.replaceFirst(";.*", ""))
              .findFirst()
              .orElseThrow();
      Load load = new Load(node, cookie);
      try (load) {
        assertThat(load.next(20)).containsOnlyKeys("one", "two");

        api.put(pod(three, Condition.READY));
        await().until(() -> load.next(6).containsKey("three"));

        api.put(pod(home, Condition.TERMINATING));
        await().until(() -> !load.next(6).containsKey(home.name()));
        assertThat(backend(LimpetNode.get(node.url("/whoami"), "Cookie", cookie)))
            .as("keeps its session")
            .isEqualTo(home.name());
        assertThat(states(node)).containsEntry(home.port(), "drain").hasSize(3);

        api.delete(pod(home, Condition.TERMINATING));
        await().until(() -> states(node).size() == 2);
        home.kill();
        assertThat(backend(LimpetNode.get(node.url("/whoami"), "Cookie", cookie)))
            .as("moves when the pod has ended")
            .isNotEqualTo(home.name());

        api.goAway();
        node.process().awaitOutput("connection refused; what Kubernetes said last counts");
        assertThat(load.next(20)).containsOnlyKeys(other.name(), "three");

        // What happened meanwhile nobody can tell any more: the new list is all there is.
        api.replaceUnseen(pod(three, Condition.READY));
        api.comeBack();
        node.process().awaitOutput("Kubernetes answers again");
        await().until(() -> "drain".equals(states(node).get(other.port())));
        await().until(() -> !load.next(6).containsKey(other.name()));
      }
      assertThat(load.failures).isEmpty();
    }
  }

  /** By their ports. */
  private static Map<Integer, String> states(LimpetNode node) {
    try {
      Map<Integer, String> states = new TreeMap<>();
      for (JsonNode server :
          JSON.readTree(node.admin("/api/v1/state").body()).at("/upstreams/nodejs/servers")) {
        String address = server.path("address").asText();
        states.put(
            Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)),
            server.path("state").asText());
      }
      return states;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String backend(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body()).path("backend").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each has a port of its own, and so a slice of its own. */
  private static TestSlice pod(ChatBackend backend, Condition condition) {
    return TestSlice.of("chat", "chat-" + backend.name())
        .port("http", backend.port())
        .with(new TestSlice.Endpoint("127.0.0.1", condition, backend.name(), "", ""));
  }
}
