package dev.limpet.e2e.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.limpet.e2e.fixture.Certificate;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The figures of three nodes to which everything happens that has a figure. */
class FiguresTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MANUAL = Path.of("..", "..", "docs", "monitoring.md");
  private static final Pattern FIGURE = Pattern.compile("`((?:limpet|process|jvm)_[a-z0-9_]+)`");
  private static final Pattern STATUS = Pattern.compile("^\\S+ /status/([0-9]{3})");

  /** Prometheus's own, and what it adds to all that it scrapes. */
  private static final Map<String, Set<String>> OF_PROMETHEUS =
      Map.of("up", Set.of(), "ALERTS", Set.of("alertname", "alertstate", "upstream", "server"));

  private static final Set<String> ADDED = Set.of("job", "instance", "le");

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final KnownTimes TIMES = new KnownTimes();
  private static final List<LimpetNode> NODES = new ArrayList<>();
  private static List<Origin> servers;
  private static LimpetNode node;

  @BeforeAll
  static void start() {
    servers = List.of(new Origin(FiguresTest::serve), new Origin(FiguresTest::serve));
    Certificate certificate = Certificate.create(directory);
    for (int i = 1; i <= 3; i++) {
      // Little room for what is new, so that garbage is collected soon.
      NODES.add(
          new LimpetNode("node-" + i, directory)
              .jvmOptions("-Xmx256m", "-Xmn16m", "-XX:TieredStopAtLevel=1"));
    }
    node = NODES.getFirst();
    NODES.forEach(one -> one.start(settings(one, certificate)));
    NODES.forEach(LimpetNode::awaitReady);
    LimpetNode.get(node.url("/status/200"));
    LimpetNode.get(node.url("/status/500"));
    LimpetNode.get(node.url("/status/break"));
    LimpetNode.get(node.url("/nowhere"));
    try {
      LimpetNode.get("https://127.0.0.1:" + node.tlsPort() + "/");
    } catch (UncheckedIOException nobodyHasSignedTheCertificate) {
      assertThat(nobodyHasSignedTheCertificate).hasCauseInstanceOf(SSLException.class);
    }
    String cookie =
        LimpetNode.get(node.url("/status/200"))
            .headers()
            .firstValue("Set-Cookie")
            .orElseThrow()
            .replaceAll(";.*", "");
    // One of them is the client's.
    await("the client's session has moved, and both servers are up")
        .until(
            () -> {
              boolean up = true;
              for (Origin server : servers) {
                setState(server, "down");
                LimpetNode.get(node.url("/status/200"), "Cookie", cookie);
                up &= setState(server, "up");
              }
              return up && Scrape.of(node).sum("limpet_session_moves_total") > 0;
            });
    await("the figures of all that")
        .untilAsserted(
            () ->
                assertThat(Scrape.of(node).types().keySet())
                    .contains(
                        "limpet_tls_handshakes_total",
                        "limpet_ejections_total",
                        "jvm_gc_pause_seconds"));
  }

  /** Whether the nodes have agreed to it. */
  private static boolean setState(Origin server, String state) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    node.adminUrl("/api/v1/upstreams/app/servers/127.0.0.1:" + server.port())))
            .header("Content-Type", "application/json")
            .method("PATCH", BodyPublishers.ofString("{\"state\": \"%s\"}".formatted(state)))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString()).statusCode() < 300;
    }
  }

  private static String settings(LimpetNode of, Certificate certificate) {
    return """
        listeners += {
          name = https
          bind = "127.0.0.1:%d"
          tls.certificates = [ { certificate = "%s", key = "%s" } ]
        }
        upstreams.app {
          servers = [
            { address = "127.0.0.1:%d" }, { address = "127.0.0.1:%d" }, { address = "127.0.0.1:1" }
          ]
          affinity.cookie {}
          health { path = "/status/200", interval = 500ms, passive.fails = 1 }
        }
        upstreams.timed { servers = [ { address = "127.0.0.1:%d" } ], health.enabled = off }
        hosts = [ { names = [ "127.0.0.1", "*.limpet.test" ], routes = [
          { name = shop, path = "/shop", upstream = app }
          { path = "/status/", upstream = app }
          { name = timed, path = "/wait/", upstream = timed }
        ] } ]
        cluster.peers = [ "%s", "%s", "%s" ]
        """
        .formatted(
            of.tlsPort(),
            certificate.certificate(),
            certificate.key(),
            servers.get(0).port(),
            servers.get(1).port(),
            servers.get(0).port(),
            NODES.get(0).clusterAddress(),
            NODES.get(1).clusterAddress(),
            NODES.get(2).clusterAddress());
  }

  @AfterAll
  static void stop() {
    NODES.forEach(LimpetNode::close);
    servers.forEach(Origin::close);
  }

  @Test
  void rulesAndDashboardAskForFiguresAndLabelsThatThereAre() throws IOException {
    Map<String, Set<String>> there = new HashMap<>(Scrape.of(node).labels());
    there.putAll(OF_PROMETHEUS);
    List<Query> queries =
        Stream.concat(Query.ofRules().stream(), Query.ofDashboard().stream()).toList();
    List<PromQl> read = PromQl.read(queries.stream().map(Query::expression).toList(), directory);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      Set<String> labels = new HashSet<>(ADDED);
      for (PromQl.Figure figure : read.get(i).figures()) {
        Set<String> its = there.get(figure.name());
        if (its == null) {
          wrong.add(queries.get(i).where() + ": there is no figure " + figure.name());
          continue;
        }
        labels.addAll(its);
        Set<String> chosen = new TreeSet<>(figure.labels());
        chosen.removeAll(its);
        chosen.removeAll(ADDED);
        if (!chosen.isEmpty()) {
          wrong.add("%s: %s has no %s".formatted(queries.get(i).where(), figure.name(), chosen));
        }
      }
      Set<String> groups = new TreeSet<>(read.get(i).groupings());
      groups.removeAll(labels);
      // What label_replace makes.
      groups.remove("class");
      if (!groups.isEmpty()) {
        wrong.add("%s: its figures have no %s".formatted(queries.get(i).where(), groups));
      }
      // Later rules may ask for what this one records.
      there.put(queries.get(i).where(), new HashSet<>(read.get(i).groupings()));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void theManualListsAllFigures() throws IOException {
    Set<String> told = new TreeSet<>();
    for (String line : Files.readAllLines(MANUAL)) {
      if (line.startsWith("| `")) {
        FIGURE.matcher(line).results().forEach(found -> told.add(found.group(1)));
      }
    }
    Set<String> untold = new TreeSet<>(Scrape.of(node).types().keySet());
    untold.removeAll(told);
    untold.removeIf(name -> !name.startsWith("limpet_"));
    assertThat(untold).isEmpty();
  }

  /** Whoever sends what he likes makes the figures no longer. */
  @Test
  void noClientMakesALabel() throws IOException {
    Set<String> before = Scrape.of(node).series().keySet();
    int odd = 3000;
    double requests = Scrape.of(node).sum("limpet_http_requests_total");
    try (Socket client = new Socket()) {
      client.connect(node.address());
      for (int i = 0; i < odd; i++) {
        String request =
            switch (i % 3) {
              case 0 -> "GET /status/200?q=" + i + " HTTP/1.1\r\nHost: h" + i + ".limpet.test";
              case 1 -> "GET /p" + i + "/x HTTP/1.1\r\nHost: host-" + i + ".example";
              default -> "METHOD" + i + " /status/200 HTTP/1.1\r\nHost: 127.0.0.1";
            };
        KnownTimes.write(client, request + "\r\nX-" + i + ": 1\r\nContent-Length: 0\r\n\r\n");
        KnownTimes.readAnswer(client);
      }
    }
    await("all are counted")
        .untilAsserted(
            () ->
                assertThat(Scrape.of(node).sum("limpet_http_requests_total"))
                    .isEqualTo(requests + odd));
    Set<String> made = new TreeSet<>(Scrape.of(node).series().keySet());
    made.removeAll(before);
    made.removeIf(one -> !one.startsWith("limpet_"));
    // One for each kind of request and its answer, and what its server and its session met first.
    assertThat(made).hasSizeLessThan(10);
    assertThat(made).noneMatch(one -> one.matches(".*(example|limpet.test|METHOD|/p[0-9]).*"));
  }

  /**
   * Each node's requests take other times, so that an average of the nodes' percentiles is wrong by
   * far.
   */
  @Test
  void percentilesAreThoseOfAllNodesRequestsTogether() throws IOException {
    List<IntToLongFunction> micros =
        List.of(
            i -> 5_000 + 100L * i,
            i -> 20_000 + 500L * i,
            i -> Math.round(50_000 * Math.pow(20, i / 199.0)));
    int requests = 200;
    // They take samples while somebody looks.
    await("all nodes watch")
        .until(
            () ->
                live()
                    .path("nodes")
                    .findValuesAsText("answers")
                    .equals(List.of("true", "true", "true")));
    for (int round = 1; ; round++) {
      String name = "round" + round;
      TIMES.send(name, NODES.stream().map(LimpetNode::address).toList(), requests, micros);
      KnownTimes.Bounds known = TIMES.of(name);
      assertThat(known.count()).isEqualTo(3 * requests);
      Optional<JsonNode> seen = allInOneWindow(3 * requests, 3L * requests * round);
      if (seen.isEmpty()) {
        // The machine took longer than a window for them.
        assertThat(round).as("rounds that took too long").isLessThan(5);
        continue;
      }
      for (JsonNode times :
          List.of(
              timedRoute(seen.get()).path("figures").path("latency"),
              timedServer(seen.get()).path("figures").path("latency"),
              timedServer(seen.get()).path("firstByte"))) {
        Map.of("p50", 0.5, "p90", 0.9, "p99", 0.99, "max", 1.0)
            .forEach(
                (percentile, share) ->
                    assertThat(times.path(percentile).asDouble())
                        .as("%s of %s", percentile, times)
                        .isBetween(0.98 * known.least(share), 1.02 * known.most(share)));
      }
      prometheusSeesTheSame(round, requests);
      return;
    }
  }

  /**
   * What a node says when its window has just these requests in it; empty when it never has.
   *
   * @param soFar requests since the nodes' start
   */
  private static Optional<JsonNode> allInOneWindow(int requests, long soFar) {
    JsonNode live =
        await("the window has them, or has gone by")
            .until(
                FiguresTest::live,
                seen ->
                    inWindow(seen) == requests
                        || (inWindow(seen) == 0 && requestsIn(seen) >= soFar));
    return Optional.of(live).filter(seen -> inWindow(seen) == requests);
  }

  private static long requestsIn(JsonNode live) {
    return timedRoute(live).path("figures").path("requests").asLong();
  }

  private static long inWindow(JsonNode live) {
    return timedRoute(live).path("figures").path("latency").path("count").asLong();
  }

  private static JsonNode live() throws IOException {
    return JSON.readTree(NODES.getLast().admin("/api/v1/live").body());
  }

  private static JsonNode timedRoute(JsonNode live) {
    return only(live.path("routes"), "route", "timed");
  }

  private static JsonNode timedServer(JsonNode live) {
    return only(live.path("upstreams"), "name", "timed").path("servers").path(0);
  }

  private static JsonNode only(JsonNode list, String key, String value) {
    for (JsonNode one : list) {
      if (one.path(key).asText().equals(value)) {
        return one;
      }
    }
    return MissingNode.getInstance();
  }

  /** Its histograms are counts of what took no longer than a bound, so they add up exactly. */
  private static void prometheusSeesTheSame(int rounds, int requests) {
    List<Scrape> scrapes = NODES.stream().map(Scrape::of).toList();
    for (String family :
        List.of("limpet_http_request_duration_seconds", "limpet_upstream_response_seconds")) {
      for (double bound : List.of(0.01, 0.025, 0.1, 0.25, 0.5, 1.0)) {
        double within =
            sum(scrapes, family + "_bucket", "upstream=\"timed\"", "le=\"%s\"".formatted(bound));
        long surely = 0;
        long perhaps = 0;
        for (int round = 1; round <= rounds; round++) {
          KnownTimes.Bounds known = TIMES.of("round" + round);
          // A time counts as the middle of its bucket, which is 3 % wide.
          surely += known.surelyWithin(bound / 1.016);
          perhaps += known.perhapsWithin(bound * 1.016);
        }
        assertThat(within).as("%s up to %s", family, bound).isBetween(1.0 * surely, 1.0 * perhaps);
      }
      assertThat(sum(scrapes, family + "_count", "upstream=\"timed\""))
          .isEqualTo(3 * requests * rounds);
    }
  }

  private static double sum(List<Scrape> scrapes, String name, String... labels) {
    return scrapes.stream().mapToDouble(scrape -> scrape.sum(name, labels)).sum();
  }

  /** Answers with the status that is asked for; /status/break: without a word. */
  private static void serve(Origin origin, Socket socket) throws IOException {
    String request = origin.readRequest(socket);
    while (!request.isEmpty()) {
      Matcher status = STATUS.matcher(request);
      if (status.find()) {
        origin.write(
            socket, "HTTP/1.1 %s Said\r\nContent-Length: 0\r\n\r\n".formatted(status.group(1)));
      } else if (!TIMES.serve(request, origin, socket)) {
        return;
      }
      request = origin.readRequest(socket);
    }
  }
}
