package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static dev.limpet.proxy.fixture.Http2Client.PADDED;
import static dev.limpet.testkit.RawText.readUntil;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Bodies over HTTP/2: as they are announced, or not, and clients that stop sending or taking them.
 */
class Http2BodiesTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String IDLE =
      "test.listener.timeouts { idle = 400ms, keep-alive = 5m }\n"
          + "limpet.upstreams.app.timeouts { first-byte = 30s, idle = 30s }\n";

  @Test
  void aLargeBodyOfAnnouncedLengthGoesUpWithItsLengthAndItsPaddingIsGivenBack() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("limpet.limits.max-body-size = 0", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int frames = 2_000;
      int stream =
          client.request(0, "POST", "/", "content-length", Integer.toString(frames * 1_000));
      byte[] payload = new byte[1 + 1_000 + 255];
      payload[0] = (byte) 255;
      for (int i = 1; i <= frames; i++) {
        client.data(stream, PADDED | (i == frames ? END_STREAM : 0), payload);
      }
      assertThat(client.response(stream).text()).isEqualTo("hello");
      String request = origin.nextRequest();
      assertThat(request).contains("\r\ncontent-length: " + frames * 1_000);
      assertThat(request.substring(request.indexOf("\r\n\r\n") + 4)).hasSize(frames * 1_000);
    }
  }

  @Test
  void trailersEndARequest() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n0\r\n");
                  self.write(socket, OK);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.request(0, "POST", "/");
      client.data(stream, 0, new byte[100]);
      client.headers(stream, END_STREAM, new DefaultHttp2Headers().add("x-sum", "1"));
      assertThat(client.response(stream).text()).isEqualTo("hello");
    }
  }

  @Test
  void anEarlyAnswerEndsItsStreamWithoutTheRestOfTheRequest() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("limpet.limits.max-streams = 4", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      for (int i = 0; i < 20; i++) {
        int stream = client.request(0, "POST", "/", "content-length", "200000");
        client.send(Http2FrameTypes.DATA, 0, stream, new byte[1_000]);
        assertThat(client.response(stream).status()).isEqualTo("413");
        while (client.of(stream).reset == null) {
          client.read();
        }
        assertThat(client.of(stream).reset).isEqualTo(Http2Error.NO_ERROR);
        client.send(Http2FrameTypes.DATA, END_STREAM, stream, new byte[1_000]);
      }
      assertThat(client.response(client.get("/")).status()).isEqualTo("200");
    }
  }

  /** Each upload that is given up costs the connection some of its window. */
  @Test
  void aConnectionThatHasLostItsWindowIsLeftInTime() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  socket.getInputStream().read();
                });
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.limits.max-body-size = 0\ntest.listener.timeouts.keep-alive = 1s",
                origin.port());
        Http2Client client = new Http2Client(proxy)) {
      boolean left = false;
      for (int i = 0; i < 100 && !left; i++) {
        left = isLeftAfterUpload(client);
      }
      assertThat(left).isTrue();
    }
  }

  /** A GOAWAY, or the end of the connection behind it if that comes first. */
  private static boolean isLeftAfterUpload(Http2Client client) throws IOException {
    try {
      int stream = client.request(0, "POST", "/");
      for (int part = 0; part < 4; part++) {
        client.data(stream, 0, new byte[16_000]);
      }
      client.reset(stream);
      client.send(Http2FrameTypes.PING, 0, 0, new byte[8]);
      client.read();
      return client.hasHeardGoAway();
    } catch (EOFException | SocketException closed) {
      return true;
    }
  }

  @Test
  void aBodyThatIsNotAsLongAsAnnouncedLosesItsStream() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (socket.getInputStream().readAllBytes().length == 0) {
                    self.write(socket, OK);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int tooLong = client.request(0, "POST", "/", "content-length", "10");
      client.data(tooLong, 0, new byte[11]);
      assertThat(client.response(tooLong).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
      int tooShort = client.request(0, "POST", "/", "content-length", "10");
      client.data(tooShort, END_STREAM, new byte[9]);
      assertThat(client.response(tooShort).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
    }
  }

  @Test
  void aBodyThatGrowsBeyondTheLimitIsA413AndTheOthersGoOn() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin = reading(freed);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.request(0, "POST", "/");
      for (int i = 0; i < 11; i++) {
        client.data(stream, 0, new byte[10_000]);
      }
      assertThat(client.response(stream).status()).isEqualTo("413");
      freed.get(60, TimeUnit.SECONDS);
      assertThat(client.response(client.get("/elsewhere")).status()).isEqualTo("404");
    }
  }

  @Test
  void aBodyThatDoesNotComeIsA408AndFreesTheServer() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin = reading(freed);
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stalled = client.request(0, "POST", "/");
      client.data(stalled, 0, new byte[100]);
      int other = client.request(0, "POST", "/");
      while (!client.of(stalled).ended) {
        // The connection is busy, which is not the stream's merit; but not so that it is a flood.
        TimeUnit.MILLISECONDS.sleep(5);
        client.data(other, 0, new byte[1]);
        client.send(Http2FrameTypes.PING, 0, 0, new byte[8]);
        client.read();
      }
      assertThat(client.of(stalled).status()).isEqualTo("408");
      freed.get(60, TimeUnit.SECONDS);
    }
  }

  /** Its window is used up, and it does not widen it. */
  @Test
  void aResponseThatIsNotTakenIsResetAndFreesTheServer() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\n\r\n");
                  try {
                    while (true) {
                      self.write(socket, "x".repeat(10_000));
                    }
                  } catch (IOException cut) {
                    freed.complete(null);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Http2Client client = new Http2Client(proxy).thatDoesNotRead()) {
      int stream = client.get("/");
      assertThat(client.response(stream).reset).isNotNull();
      assertThat(client.of(stream).text()).hasSize(65_535);
      freed.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSilentServerIsNotTheClientsFault() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1_200));
                  self.write(socket, "2");
                });
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(client.response(client.get("/")).text()).isEqualTo("12");
    }
  }

  @Test
  void theServersConsentAndItsHintsComeBeforeTheResponse() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X\r\nX: 1\r\n\r\n");
                  self.write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
                  // To its end: closing with bytes unread would reset the connection.
                  socket.getInputStream().readNBytes("1\r\nx\r\n0\r\n\r\n".length());
                  self.write(socket, OK);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.request(0, "POST", "/", "expect", "100-continue");
      while (client.of(stream).interim.size() < 2) {
        client.read();
      }
      assertThat(client.of(stream).interim)
          .extracting(Object::toString)
          .satisfiesExactly(
              hints ->
                  assertThat(hints)
                      .contains(":status: 103", "link: </a.css>")
                      .doesNotContain("x: 1"),
              consent -> assertThat(consent).contains(":status: 100"));
      client.data(stream, END_STREAM, new byte[1]);
      assertThat(client.response(stream).text()).isEqualTo("hello");
    }
  }

  /** Takes all that comes; a 404 is its answer to what has no body. */
  private static Origin reading(CompletableFuture<Void> freed) {
    return new Origin(
        (self, socket) -> {
          if (self.readRequest(socket).startsWith("GET")) {
            self.write(socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
          }
          socket.getInputStream().transferTo(OutputStream.nullOutputStream());
          freed.complete(null);
        });
  }
}
