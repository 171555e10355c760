package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The configurations of a cascade, {@code config/cascade-*.conf}: a first balancer in front of two
 * zones, each a balancer with three servers of Node.js. Only addresses and the times of the checks
 * are others than in the files.
 */
class CascadeTest {

  private static final Path CONFIG = Path.of("..", "..", "config").toAbsolutePath().normalize();
  private static final Path SCRIPT = Path.of("src", "test", "js", "webapp.js").toAbsolutePath();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A balancer and its servers, which are called after it: a1, a2, a3. */
  private record Zone(LimpetNode balancer, List<ChatBackend> servers) {

    boolean has(String server) {
      return servers.stream().anyMatch(s -> s.name().equals(server));
    }

    ChatBackend server(String name) {
      return servers.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }
  }

  /** A browser, and where it was served first. */
  private record Visitor(HttpClient http, CookieManager cookies, String server) {}

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<Zone> zones = new ArrayList<>();
  private static LimpetNode front;

  private final List<Visitor> visitors = new ArrayList<>();

  @BeforeAll
  static void startAll() throws Exception {
    front = new LimpetNode("front", directory);
    for (String letter : List.of("a", "b")) {
      List<ChatBackend> servers = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        servers.add(new ChatBackend(letter + i, directory, SCRIPT));
      }
      LimpetNode balancer = new LimpetNode("zone-" + letter, directory);
      String settings = settings("cascade-zone-" + letter, balancer);
      for (ChatBackend server : servers) {
        settings = settings.replace("app-" + server.name() + ":3000", local(server.port()));
      }
      balancer.startFrom(settings);
      zones.add(new Zone(balancer, servers));
    }
    front.startFrom(
        settings("cascade-front", front)
            .replace("zone-a:8080", local(zones.get(0).balancer().port()))
            .replace("zone-b:8080", local(zones.get(1).balancer().port())));
    awaitUp();
  }

  @AfterAll
  static void stopAll() {
    front.close();
    for (Zone zone : zones) {
      zone.balancer().close();
      zone.servers().forEach(ChatBackend::close);
    }
  }

  @BeforeEach
  void visit() throws Exception {
    for (int i = 0; i < 6; i++) {
      CookieManager cookies = new CookieManager();
      HttpClient http = HttpClient.newBuilder().cookieHandler(cookies).build();
      visitors.add(new Visitor(http, cookies, server(get(http, "/"))));
    }
    for (Zone zone : zones) {
      assertThat(of(zone)).as("zones take turns").hasSize(3);
    }
  }

  @AfterEach
  void leave() {
    visitors.forEach(visitor -> visitor.http().shutdownNow());
  }

  @Test
  void bothStagesKeepAClientWhereItIs() throws Exception {
    for (Visitor visitor : visitors) {
      assertThat(visitor.cookies().getCookieStore().getCookies())
          .extracting(HttpCookie::getName)
          .containsExactlyInAnyOrder("zone", "server");
      for (int i = 0; i < 5; i++) {
        assertThat(server(get(visitor.http(), "/"))).isEqualTo(visitor.server());
      }
      String tunnel = "ws://127.0.0.1:" + front.port() + "/wstunnel/";
      assertThat(WebSocketEcho.of(visitor.http(), tunnel, "ahoy"))
          .isEqualTo(visitor.server() + ": ahoy");
    }
    HttpResponse<String> forged =
        get(visitors.getFirst().http(), "/", "X-Forwarded-For", "192.0.2.1");
    assertThat(forged.headers().firstValue("x-came-for"))
        .as("the client's address by the front, the front's by the zone")
        .hasValue("127.0.0.1, 127.0.0.1");
  }

  @Test
  void aServersClientsStayInTheirZone() throws Exception {
    Zone zone = zones.getFirst();
    Visitor visitor = of(zone).getFirst();
    ChatBackend server = zone.server(visitor.server());
    server.kill();
    try {
      String other = server(get(visitor.http(), "/"));
      assertThat(zone.has(other)).as(other).isTrue();
      assertThat(other).isNotEqualTo(visitor.server());
      assertThat(server(get(visitor.http(), "/"))).isEqualTo(other);
    } finally {
      server.restart();
      awaitUp();
    }
  }

  @Test
  void aZoneDiesAndNobodyNoticesButThoseInFlight() throws Exception {
    Zone dead = zones.getFirst();
    Zone other = zones.getLast();
    InputStream cut = begin(of(dead).getFirst());
    InputStream spared = begin(of(other).getFirst());
    dead.servers().forEach(ChatBackend::kill);
    dead.balancer().process().kill();
    List<Visitor> moved;
    try {
      assertThatIOException().isThrownBy(cut::readAllBytes);
      moved = askAll(dead, other);
      assertThat((char) spared.read()).as("goes on").isEqualTo('<');
    } finally {
      dead.servers().forEach(ChatBackend::restart);
      dead.balancer().restart();
      awaitUp();
    }
    for (Visitor visitor : moved) {
      assertThat(server(get(visitor.http(), "/"))).as("moved once").isEqualTo(visitor.server());
    }
  }

  @Test
  void aZoneWithoutServersIsNoneEither() throws Exception {
    Zone empty = zones.getLast();
    empty.servers().forEach(ChatBackend::kill);
    try {
      askAll(empty, zones.getFirst());
    } finally {
      empty.servers().forEach(ChatBackend::restart);
      awaitUp();
    }
  }

  /**
   * All visitors come again, and get a right answer at once.
   *
   * @return those that had to leave, with where they are now
   */
  private List<Visitor> askAll(Zone gone, Zone other) throws Exception {
    List<Visitor> moved = new ArrayList<>();
    for (Visitor visitor : visitors) {
      String server = server(get(visitor.http(), "/"));
      if (gone.has(visitor.server())) {
        assertThat(other.has(server)).as(server).isTrue();
        moved.add(new Visitor(visitor.http(), visitor.cookies(), server));
      } else {
        assertThat(server).isEqualTo(visitor.server());
      }
    }
    for (Visitor visitor : moved) {
      assertThat(server(get(visitor.http(), "/"))).isEqualTo(visitor.server());
    }
    return moved;
  }

  private List<Visitor> of(Zone zone) {
    return visitors.stream().filter(visitor -> zone.has(visitor.server())).toList();
  }

  /** All servers get new clients, and so do both zones. */
  private static void awaitUp() {
    for (Zone zone : zones) {
      awaitUp(zone.balancer(), "nodejs", 3);
    }
    awaitUp(front, "zones", 2);
  }

  private static void awaitUp(LimpetNode node, String upstream, int servers) {
    node.awaitReady();
    String line = "limpet_servers{health=\"up\",upstream=\"%s\"} %d".formatted(upstream, servers);
    await(node.name() + " has " + line)
        .atMost(PATIENCE)
        .until(() -> node.admin("/metrics").body().contains(line));
  }

  /** A request of which the response has begun. */
  private static InputStream begin(Visitor visitor) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(front.url("/?unending"))).build();
    HttpResponse<InputStream> response =
        visitor.http().send(request, HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.headers().firstValue("x-served-by")).hasValue(visitor.server());
    return response.body();
  }

  private static HttpResponse<String> get(HttpClient client, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(front.url(path))).timeout(PATIENCE);
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static String server(HttpResponse<String> response) {
    return response.headers().firstValue("x-served-by").orElse("nobody");
  }

  /** What is in the file, but for what a test cannot share with others. */
  private static String settings(String file, LimpetNode node) throws IOException {
    return Files.readString(CONFIG.resolve(file + ".conf"))
        .replace("0.0.0.0:8080", local(node.port()))
        .replace("172.16.0.0/12", "127.0.0.0/8")
        .replace("/var/lib/limpet", directory.resolve(node.name()).toString())
        .replace("interval = 2s, timeout = 1s", "interval = 300ms, timeout = 30s");
  }

  private static String local(int port) {
    return "127.0.0.1:" + port;
  }
}
