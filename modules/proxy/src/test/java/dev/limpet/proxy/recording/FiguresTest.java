package dev.limpet.proxy.recording;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.live.Figures;
import dev.limpet.model.live.Figures.OfRoute;
import dev.limpet.model.live.Figures.OfServer;
import dev.limpet.model.live.Figures.OfUpstream;
import dev.limpet.model.live.Figures.Responses;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.net.Socket;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What is counted and timed is what clients and servers have seen. */
class FiguresTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  @Test
  void answersAreCountedByRouteMethodAndStatus() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      proxy.get("/a");
      proxy.get("/b");
      proxy.exchange("POST /c HTTP/1.0\r\nHost: app.example\r\nContent-Length: 3\r\n\r\nabc");
      proxy.exchange("BREW /c HTTP/1.0\r\nHost: app.example\r\n\r\n");
      proxy.get("/old");
      proxy.exchange("GET / HTTP/1.0\r\nHost: nobody.example\r\n\r\n");

      OfRoute forwarded = route(proxy, found -> found.upstream().equals("app"));
      assertThat(forwarded.listener()).isEqualTo("http");
      assertThat(forwarded.route()).isEqualTo("/");
      assertThat(forwarded.responses())
          .containsExactlyInAnyOrder(
              new Responses("GET", 200, 2),
              new Responses("POST", 200, 1),
              new Responses("OTHER", 200, 1));
      assertThat(forwarded.requestBytes()).isEqualTo(3);
      assertThat(forwarded.responseBytes()).isEqualTo(4 * 5);
      assertThat(forwarded.duration().count()).isEqualTo(4);
      assertThat(route(proxy, found -> found.route().equals("= /old")).responses())
          .containsExactly(new Responses("GET", 301, 1));
      assertThat(route(proxy, found -> found.route().isEmpty()).responses())
          .containsExactly(new Responses("GET", 404, 1));

      OfServer server = server(proxy, origin.port());
      assertThat(server.codes()).containsExactlyEntriesOf(Map.of(200, 4L));
      assertThat(server.failures()).isEmpty();
      assertThat(server.sentBytes()).isEqualTo(3);
      assertThat(server.receivedBytes()).isEqualTo(4 * 5);
      assertThat(server.firstByte().count()).isEqualTo(4);
      assertThat(server.response().count()).isEqualTo(4);
      assertThat(server.active()).isZero();
      assertThat(upstream(proxy).affinity()).containsEntry("new", 4L);
      assertThat(upstream(proxy).rules()).containsEntry("cookie", 4L);
      assertThat(upstream(proxy).moves()).isEmpty();
      assertThat(listener(proxy).accepted()).isEqualTo(6);
    }
  }

  @Test
  void whatFailsIsCountedByItsCauseAndSoIsWhatIsTriedAgain() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(Ports.free(), origin.port())) {
      // Round robin: of two one begins at the server that is not there.
      proxy.get("/");
      proxy.get("/");
      OfServer gone =
          figures(proxy).servers().stream()
              .filter(server -> !server.server().value().endsWith(":" + origin.port()))
              .findFirst()
              .orElseThrow();
      assertThat(gone.failures()).containsKey("CONNECT_REFUSED");
      assertThat(gone.codes()).isEmpty();
      assertThat(upstream(proxy).retries())
          .containsEntry("CONNECT_REFUSED", gone.failures().get("CONNECT_REFUSED"));
      assertThat(server(proxy, origin.port()).codes()).containsEntry(200, 2L);
      assertThat(route(proxy, found -> found.upstream().equals("app")).responses())
          .containsExactly(new Responses("GET", 200, 2));
    }
  }

  @Test
  void aServerThatBreaksOffIsCountedThoughItHasAnswered() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(40_000));
                  sent.await();
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket client = proxy.connect()) {
      client
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
      client.getInputStream().readNBytes(40_000);
      assertThat(server(proxy, origin.port()).active()).isOne();
      sent.countDown();
      await()
          .untilAsserted(
              () -> assertThat(server(proxy, origin.port()).failures()).containsEntry("RESET", 1L));
      assertThat(server(proxy, origin.port()).codes()).containsEntry(200, 1L);
      assertThat(server(proxy, origin.port()).response().count()).isZero();
      await().untilAsserted(() -> assertThat(server(proxy, origin.port()).active()).isZero());
    }
  }

  @Test
  void aTunnelIsCountedAsLongAsItStandsAndSoAreItsBytes() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                          + "Upgrade: echo\r\n\r\nwelcome");
                  mayEnd.await();
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket client = proxy.connect()) {
      client
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\n"
                      + "Upgrade: echo\r\n\r\n")
                  .getBytes(US_ASCII));
      await().untilAsserted(() -> assertThat(upstream(proxy).tunnels()).isOne());
      mayEnd.countDown();
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII)).endsWith("welcome");
      client.close();
      await().untilAsserted(() -> assertThat(upstream(proxy).tunnels()).isZero());
      OfRoute route = route(proxy, found -> found.upstream().equals("app"));
      assertThat(route.responses()).containsExactly(new Responses("GET", 101, 1));
      assertThat(route.responseBytes()).isEqualTo("welcome".length());
      assertThat(route.duration().isEmpty()).as("a tunnel's time is no response's").isTrue();
    }
  }

  @Test
  void whatASettingsFileNamesNoMoreIsForgotten() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      proxy.get("/old");
      proxy.get("/a");
      proxy.reload(
          "limpet.hosts = [{ names = [ app.example ], routes = [{ path = \"/\", upstream = app }] }]",
          origin.port());
      assertThat(figures(proxy).routes()).extracting(OfRoute::route).containsExactly("/");
      proxy.get("/b");
      assertThat(route(proxy, found -> found.route().equals("/")).responses())
          .containsExactly(new Responses("GET", 200, 2));
    }
  }

  @Test
  void whoLooksAtSingleRequestsHearsOfEachAttempt() {
    Queue<RequestRecord> seen = new ConcurrentLinkedQueue<>();
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(Ports.free(), origin.port())) {
      proxy.proxy().observe(new Sink(seen));
      proxy.get("/a?b");
      proxy.get("/a?b");
      await().until(() -> seen.size() == 2);
      assertThat(seen)
          .allSatisfy(
              one -> {
                assertThat(one.target()).isEqualTo("/a?b");
                assertThat(one.status()).isEqualTo(200);
                assertThat(one.attempts().getLast().status()).isEqualTo(200);
              })
          .anySatisfy(
              one ->
                  assertThat(one.attempts())
                      .extracting(RequestRecord.Attempt::failure)
                      .containsExactly("CONNECT_REFUSED", null));
    }
  }

  private record Sink(Queue<RequestRecord> seen) implements RequestSink {
    @Override
    public boolean wants(boolean traced) {
      return true;
    }

    @Override
    public void take(RequestRecord request) {
      seen.add(request);
    }
  }

  private static Figures figures(ProxyFixture proxy) {
    return proxy.proxy().figures();
  }

  private static OfRoute route(ProxyFixture proxy, Predicate<OfRoute> wanted) {
    return figures(proxy).routes().stream().filter(wanted).findFirst().orElseThrow();
  }

  private static OfUpstream upstream(ProxyFixture proxy) {
    return figures(proxy).upstreams().getFirst();
  }

  private static OfServer server(ProxyFixture proxy, int port) {
    return figures(proxy).servers().stream()
        .filter(server -> server.server().value().endsWith(":" + port))
        .findFirst()
        .orElseThrow();
  }

  private static Figures.OfListener listener(ProxyFixture proxy) {
    return figures(proxy).listeners().getFirst();
  }
}
