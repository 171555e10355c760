package dev.limpet.admin.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.admin.Counted;
import dev.limpet.admin.RunningAdmin;
import dev.limpet.testkit.Ports;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Three nodes, each of which shows the figures of all. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LiveApiTest {

  private static final int NODES = 3;

  private static final List<RunningAdmin> ADMINS = new ArrayList<>();
  private static final List<Counted> COUNTED = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    List<Integer> ports = Stream.generate(Ports::free).limit(NODES).toList();
    for (int i = 0; i < NODES; i++) {
      COUNTED.add(new Counted());
      ADMINS.add(
          new RunningAdmin(
              "edge-" + (i + 1),
              ports.get(i),
              others(ports, i),
              """
              upstreams.nodejs.servers = [{ address = "10.0.0.5:3000", weight = 2 }]
              hosts = [{ routes = [{ path = "/", upstream = nodejs }] }]
              """,
              UnaryOperator.identity(),
              COUNTED.get(i)));
    }
    for (RunningAdmin admin : ADMINS) {
      admin.awaitReady();
    }
    await()
        .until(() -> ADMINS.stream().allMatch(a -> a.cluster().snapshot().nodes().size() == NODES));
  }

  private static List<Integer> others(List<Integer> ports, int own) {
    List<Integer> others = new ArrayList<>(ports.subList(0, own));
    others.addAll(ports.subList(own + 1, ports.size()));
    return others;
  }

  @AfterAll
  static void stop() throws Exception {
    COUNTED.forEach(Counted::goOn);
    for (RunningAdmin admin : ADMINS) {
      admin.close();
    }
  }

  private static JsonNode live(int node) throws Exception {
    HttpResponse<String> answer = ADMINS.get(node).ask("GET", "/api/v1/live", "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RunningAdmin.json(answer);
  }

  private static JsonNode awaitLive(int node, Predicate<JsonNode> condition) {
    List<JsonNode> last = new ArrayList<>();
    await()
        .until(
            () -> {
              last.addFirst(live(node));
              return condition.test(last.getFirst());
            });
    return last.getFirst();
  }

  @Test
  @Order(1)
  void eachNodeHasTheFiguresOfAllOnTheFirstQuestion() throws Exception {
    COUNTED.forEach(node -> node.answered(200, 1_000_000));
    for (int i = 0; i < NODES; i++) {
      JsonNode live = live(i);
      assertThat(live.path("node").asText()).isEqualTo("edge-" + (i + 1));
      assertThat(live.path("total").path("requests").asLong()).isEqualTo(NODES);
      assertThat(live.path("nodes"))
          .hasSize(NODES)
          .allMatch(node -> node.path("answers").asBoolean())
          .allMatch(node -> node.path("version").asText().equals("0.1.0 (test)"))
          .allMatch(node -> node.path("figures").path("requests").asLong() == 1)
          .allMatch(node -> node.path("figures").has("rate"));
    }
  }

  /**
   * Merged from all times: the slow node is a third of all, so it makes p99, and not a third of it.
   */
  @Test
  @Order(2)
  void percentilesAreThoseOfAllTimesTogether() {
    Random random = new Random(3);
    List<long[]> times = new ArrayList<>();
    for (double middle : new double[] {1e6, 5e6, 80e6}) {
      times.add(
          LongStream.generate(() -> (long) (middle * Math.exp(random.nextGaussian() / 2)))
              .limit(5_000)
              .toArray());
    }
    awaitLive(0, live -> true);
    for (int i = 0; i < NODES; i++) {
      COUNTED.get(i).answered(i == 2 ? 503 : 200, times.get(i));
    }
    long[] all = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    JsonNode live =
        awaitLive(1, now -> now.path("total").path("latency").path("count").asLong() == all.length);
    JsonNode upstream = live.path("upstreams").path(0);
    JsonNode server = upstream.path("servers").path(0);
    for (JsonNode latency :
        List.of(
            live.path("total").path("latency"),
            live.path("routes").path(0).path("figures").path("latency"),
            upstream.path("figures").path("latency"),
            upstream.path("queueWait"),
            server.path("figures").path("latency"),
            server.path("connect"),
            server.path("firstByte"))) {
      assertThat(latency.path("count").asLong()).isEqualTo(all.length);
      assertPercentile(latency, "p50", all, 0.5);
      assertPercentile(latency, "p90", all, 0.9);
      assertPercentile(latency, "p99", all, 0.99);
    }
    JsonNode total = live.path("total");
    assertThat(total.path("responses").path("5xx").asLong()).isEqualTo(5_000);
    assertThat(total.path("bytesOut").asLong()).isEqualTo(100L * (all.length + NODES));
    assertThat(total.path("failures").path("CONNECT_REFUSED").asLong()).isEqualTo(NODES);
    assertThat(total.path("active").asLong()).isEqualTo(3 * NODES);
    assertThat(upstream.path("queued").asLong()).isEqualTo(2 * NODES);
    assertThat(upstream.path("retries").path("RESET").asLong()).isEqualTo(NODES);
    assertThat(upstream.path("tunnels").asLong()).isEqualTo(NODES);
    assertThat(upstream.path("balance").asText()).isEqualTo("round-robin");
    assertThat(server.path("weight").asInt()).isEqualTo(2);
    assertThat(server.path("nodes").size()).isEqualTo(NODES);
    JsonNode listener = live.path("listeners").path(0);
    assertThat(listener.path("accepted").asLong()).isEqualTo(5 * NODES);
    assertThat(listener.path("handshakes").path(0).path("count").asLong()).isEqualTo(5 * NODES);
  }

  private static void assertPercentile(JsonNode latency, String name, long[] all, double share) {
    double exact = all[(int) Math.ceil(share * all.length) - 1] / 1e9;
    assertThat(latency.path(name).asDouble()).as(name).isCloseTo(exact, within(0.02 * exact));
  }

  @Test
  @Order(3)
  void aNodeThatHangsIsShownAsSuchWithItsLastFigures() throws Exception {
    long requests = live(0).path("total").path("requests").asLong();
    COUNTED.get(2).hang();
    JsonNode live = awaitLive(0, now -> !now.path("nodes").path(2).path("answers").asBoolean());
    JsonNode node = live.path("nodes").path(2);
    assertThat(node.path("age").asDouble()).isGreaterThan(2);
    assertThat(node.path("figures").path("requests").asLong()).isEqualTo(5_001);
    assertThat(live.path("total").path("requests").asLong()).isEqualTo(requests);
    assertThat(live.path("total").path("active").asLong()).isEqualTo(3 * (NODES - 1));
    assertThat(live.path("upstreams").path(0).path("servers").path(0).path("nodes").size())
        .isEqualTo(NODES - 1);
    COUNTED.get(2).goOn();
    awaitLive(0, now -> now.path("nodes").path(2).path("answers").asBoolean());
  }

  private static List<JsonNode> events(int node, String kind) throws Exception {
    HttpResponse<String> answer = ADMINS.get(node).ask("GET", "/api/v1/events?kind=" + kind, "");
    return RunningAdmin.json(answer).path("events").valueStream().toList();
  }

  @Test
  @Order(4)
  void eachNodeHasTheEventsOfAllOnce() throws Exception {
    ADMINS.get(1).ask("POST", "/api/v1/reload", "");
    for (int i = 0; i < NODES; i++) {
      int node = i;
      await().until(() -> events(node, "settings-reloaded").size() == 1);
      assertThat(events(node, "settings-reloaded").getFirst().path("text").asText())
          .isEqualTo("edge-2 has read its settings again: no changes");
      // Of those that had not started yet, it asks.
      await().until(() -> events(node, "node-started").size() == NODES);
      assertThat(events(node, "node-joined"))
          .extracting(event -> event.path("subject").asText())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  @Order(5)
  void aStreamGoesOnWhileANodeGoesAway() throws Exception {
    ObjectMapper json = new ObjectMapper();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<java.io.InputStream> answer =
          http.send(
              HttpRequest.newBuilder(ADMINS.get(0).at("/api/v1/live/stream")).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      List<Integer> sizes = new ArrayList<>();
      long last = 0;
      boolean told = false;
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
        String line;
        while ((line = reader.readLine()) != null) {
          if (!line.startsWith("data: ")) {
            continue;
          }
          JsonNode live = json.readTree(line.substring(6));
          if (live.has("kind")) {
            told |= live.path("text").asText().matches("node edge-3 .* has left the cluster");
            continue;
          }
          assertThat(live.path("time").asLong()).isGreaterThan(last);
          last = live.path("time").asLong();
          sizes.add(live.path("nodes").size());
          if (sizes.size() == 2) {
            ADMINS.removeLast().close();
          }
          if (sizes.getLast() == NODES - 1 && told) {
            break;
          }
        }
      }
      assertThat(sizes).startsWith(NODES, NODES).endsWith(NODES - 1);
    }
    awaitLive(1, live -> live.path("nodes").size() == NODES - 1);
  }

  @Test
  @Order(6)
  void streamsEndWhenTheNodeIsAboutToGo() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<Stream<String>> answer =
          http.send(
              HttpRequest.newBuilder(ADMINS.get(0).at("/api/v1/live/stream")).build(),
              HttpResponse.BodyHandlers.ofLines());
      List<String> lines = new ArrayList<>();
      answer
          .body()
          .forEach(
              line -> {
                lines.add(line);
                if (line.startsWith("data: ")) {
                  ADMINS.get(0).server().endStreams();
                }
              });
      assertThat(lines).contains("retry: 1000", "event: live");
    }
  }
}
