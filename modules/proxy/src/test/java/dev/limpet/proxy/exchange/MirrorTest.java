package dev.limpet.proxy.exchange;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.state.Traffic;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Copies of requests: what gets them, and that their clients do not notice. */
class MirrorTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** Reads chunked bodies, too. */
  private final Origin origin =
      new Origin(
          (self, socket) -> {
            for (String request = self.readRequest(socket);
                !request.isEmpty();
                request = self.readRequest(socket)) {
              if (request.contains(": chunked")) {
                self.readRequest(socket);
              }
              self.write(socket, OK);
            }
          });

  @AfterEach
  void close() {
    origin.close();
  }

  private ProxyFixture proxy(int shadowPort, String mirror) {
    return proxy(shadowPort, mirror, "");
  }

  private ProxyFixture proxy(int shadowPort, String mirror, String timeouts) {
    return new ProxyFixture(
        """
        limpet.upstreams.shadow {
          servers = [ { address = "127.0.0.1:%d" } ]
          timeouts { connect = 30s, first-byte = 30s, idle = 30s, %s }
        }
        limpet.hosts = [ { routes = [
          { path = "/", upstream = app, rewrite { prefix = "/api/", to = "/" }
            request-headers { set { X-Set = yes } }
            mirror { upstream = shadow, %s } } ] } ]
        """
            .formatted(shadowPort, timeouts, mirror),
        origin.port());
  }

  private static Traffic.Upstream shadow(ProxyFixture proxy) {
    return Objects.requireNonNull(proxy.proxy().traffic().upstreams().get("shadow"));
  }

  private static String post(String target, String body) {
    return "POST "
        + target
        + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String chunked(String body) {
    return "POST /chunked HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n"
        + body
        + "\r\n\r\n";
  }

  @Test
  void theCopyIsTheRequestThatTheServerGot() throws Exception {
    try (Origin shadow = Origin.answering("HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\n!");
        ProxyFixture proxy = proxy(shadow.port(), "max-body = 64k")) {
      assertThat(proxy.exchange(post("/api/x?y", "hello")))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("ok");
      String sent = origin.nextRequest();
      assertThat(sent).startsWith("POST /x?y ").contains("X-Set: yes").endsWith("\r\n\r\nhello");
      assertThat(shadow.nextRequest()).isEqualTo(sent);
      try (Http2Client client = new Http2Client(proxy)) {
        assertThat(client.response(client.get("/api/h2")).text()).isEqualTo("ok");
      }
      assertThat(shadow.nextRequest()).startsWith("GET /h2 ");
      await().until(() -> shadow(proxy).mirrored() == 2);
    }
  }

  @Test
  void bodiesThatComeInPartsAreCopiedOnceTheyHaveEnded() throws Exception {
    try (Origin shadow = Origin.answering(OK);
        ProxyFixture proxy = proxy(shadow.port(), "max-body = 64k");
        Socket socket = proxy.connect();
        Http2Client client = new Http2Client(proxy)) {
      String head = "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 6\r\n\r\nabc";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      int stream = client.request(0, "POST", "/h2", "content-length", "6");
      client.data(stream, 0, "abc".getBytes(StandardCharsets.ISO_8859_1));
      await().until(() -> proxy.proxy().traffic().requests() == 2);
      assertThat(shadow.unreadRequests()).isZero();
      socket.getOutputStream().write("def".getBytes(StandardCharsets.ISO_8859_1));
      assertThat(shadow.nextRequest()).startsWith("POST / ").endsWith("\r\n\r\nabcdef");
      client.data(stream, END_STREAM, "def".getBytes(StandardCharsets.ISO_8859_1));
      assertThat(client.response(stream).text()).isEqualTo("ok");
      assertThat(shadow.nextRequest()).startsWith("POST /h2 ").endsWith("\r\n\r\nabcdef");
    }
  }

  @Test
  void bodiesThatAreTooLongAreNotCopiedAndCounted() throws Exception {
    try (Origin shadow = Origin.answering(OK);
        ProxyFixture proxy = proxy(shadow.port(), "max-body = 4")) {
      assertThat(proxy.exchange(post("/long", "hello"))).endsWith("ok");
      assertThat(proxy.exchange(chunked("3\r\nabc\r\n2\r\nde\r\n0"))).endsWith("ok");
      assertThat(shadow(proxy).unmirrored()).isEqualTo(2);
      assertThat(proxy.exchange(chunked("2\r\nab\r\n1\r\nc\r\n0"))).endsWith("ok");
      assertThat(shadow.nextRequest())
          .startsWith("POST /chunked ")
          .doesNotContainIgnoringCase("chunked\r\n")
          .endsWith("\r\n\r\nabc");
      assertThat(proxy.exchange(post("/four", "four"))).endsWith("ok");
      assertThat(shadow.nextRequest()).startsWith("POST /four ");
    }
  }

  @Test
  void aShareOfNothingIsNothing() {
    try (Origin shadow = Origin.answering(OK);
        ProxyFixture proxy = proxy(shadow.port(), "share = 0%")) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.get("/")).endsWith("ok");
      }
      assertThat(shadow.unreadRequests()).isZero();
      assertThat(shadow(proxy).unmirrored()).isZero();
    }
  }

  @Test
  void aServerThatIsSlowOrGoneDoesNotMatter() throws Exception {
    try (Origin stuck =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.readRequest(socket);
                });
        ProxyFixture proxy = proxy(stuck.port(), "share = 100%", "first-byte = 300ms")) {
      assertThat(proxy.get("/")).endsWith("ok");
      assertThat(stuck.nextRequest()).startsWith("GET / ");
      assertThat(proxy.get("/")).endsWith("ok");
      await().until(() -> shadow(proxy).unmirrored() >= 2);
      assertThat(shadow(proxy).mirrored()).isZero();
    }
    try (ProxyFixture proxy = proxy(Ports.free(), "share = 100%")) {
      assertThat(proxy.get("/")).endsWith("ok");
      await().until(() -> shadow(proxy).unmirrored() == 1);
    }
  }

  @Test
  void anAnswerWithoutAnEndIsCutAndAPlaceIsFreeAgain() throws Exception {
    try (Origin shadow =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    self.write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 1000; i++) {
                      self.write(socket, "1\r\nx\r\n");
                      LockSupport.parkNanos(20_000_000);
                    }
                  }
                });
        ProxyFixture proxy = proxy(shadow.port(), "share = 100%", "idle = 1s")) {
      assertThat(proxy.get("/")).endsWith("ok");
      await().until(() -> shadow(proxy).mirrored() == 1);
      await()
          .until(
              () ->
                  proxy.proxy().traffic().activeRequests().values().stream()
                      .allMatch(active -> active == 0));
    }
  }
}
