package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.PADDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 with prior knowledge, frame by frame: clients that behave, and clients that do not. */
class Http2Test {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  /** Answers at once, but for what asks for {@code /wait}: that, when the latch is open. */
  private static Origin waiting(CountDownLatch latch) {
    return new Origin(
        (self, socket) -> {
          for (String head = self.readRequest(socket);
              !head.isEmpty();
              head = self.readRequest(socket)) {
            if (head.startsWith("GET /wait")) {
              awaitOpen(latch);
            }
            self.write(socket, OK);
          }
        });
  }

  @Test
  void requestsGoSideBySide() throws IOException {
    CountDownLatch latch = new CountDownLatch(1);
    try (Origin origin = waiting(latch);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int slow = client.get("/wait");
      int quick = client.get("/");
      assertThat(client.response(quick).text()).isEqualTo("hello");
      assertThat(client.of(slow).headers).isNull();
      latch.countDown();
      assertThat(client.response(slow).text()).isEqualTo("hello");
    }
  }

  @Test
  void theServerSeesTheRequestAsOneOfHttp1() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream =
          client.get("/a%2Fb//c?q=%7c|", "cookie", "a=1", "x-custom", "kept", "cookie", "b=2");
      Response response = client.response(stream);
      assertThat(response.status()).isEqualTo("200");
      assertThat(response.header("set-cookie")).startsWith("limpet=");
      assertThat(origin.nextRequest())
          .startsWith("GET /a%2Fb//c?q=%7c| HTTP/1.1\r\n")
          .contains("\r\nHost: app.example\r\n", "\r\nx-custom: kept\r\n")
          .contains("\r\ncookie: a=1; b=2\r\n")
          .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
          .doesNotContain(":authority");
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsItsServerBack() throws Exception {
    AtomicLong written = new AtomicLong();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                  byte[] block = new byte[64 * 1024];
                  while (written.addAndGet(block.length) < 1_000_000_000) {
                    socket.getOutputStream().write(block);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy).thatDoesNotRead()) {
      int stream = client.get("/");
      while (client.of(stream).body.size() < 65_535) {
        client.read();
      }
      AtomicLong last = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofMillis(300))
          .until(() -> last.getAndSet(written.get()) == written.get());
      assertThat(written.get()).as("what buffers hold").isLessThan(32 << 20);
    }
  }

  @Test
  void aStreamThatIsGivenUpFreesItsServerAtOnceAndTheOthersGoOn() throws Exception {
    CompletableFuture<Integer> serverSaw = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (self.readRequest(socket).startsWith("GET /forever")) {
                    serverSaw.complete(endOf(socket));
                  } else {
                    self.write(socket, OK);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.get("/forever");
      origin.nextRequest();
      client.reset(stream);
      assertThat(serverSaw.get(60, TimeUnit.SECONDS)).isEqualTo(-1);
      assertThat(client.response(client.get("/")).text()).isEqualTo("hello");
    }
  }

  @Test
  void aNodeThatDrainsSaysGoAwayAndFinishesWhatItHas() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    try (Origin origin = waiting(latch);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.get("/wait");
      origin.nextRequest();
      CompletionStage<?> drained = proxy.proxy().drain(Duration.ZERO, Duration.ofMinutes(5));
      while (!client.hasHeardGoAway()) {
        client.read();
      }
      int late = client.get("/");
      assertThat(client.response(late).reset).isEqualTo(Http2Error.REFUSED_STREAM);
      latch.countDown();
      assertThat(client.response(stream).text()).isEqualTo("hello");
      assertThat(client.goAway()).isEqualTo(Http2Error.NO_ERROR);
      drained.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void aConnectionWithoutARequestIsEndedButNotUnderALongResponse() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n");
                  self.write(socket, "x".repeat(17_000));
                  LockSupport.parkNanos(Duration.ofMillis(1_200).toNanos());
                  self.write(socket, "x".repeat(3_000));
                });
        ProxyFixture proxy =
            new ProxyFixture("test.listener.timeouts.keep-alive = 500ms", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(client.response(client.get("/")).text()).hasSize(20_000);
      assertThat(client.goAway()).isEqualTo(Http2Error.NO_ERROR);
    }
  }

  @Test
  void aConnectionThatHasHadItsRequestsIsLeftWithGoAway() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("test.listener.max-requests = 3", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.response(client.get("/")).text()).isEqualTo("hello");
      }
      assertThat(client.goAway()).isEqualTo(Http2Error.NO_ERROR);
    }
  }

  @Test
  void streamsBeyondTheLimitAreRefused() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    try (Origin origin = waiting(latch);
        ProxyFixture proxy = new ProxyFixture("limpet.limits.max-streams = 4", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(client.maxStreams()).isEqualTo(4);
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        streams.add(client.get("/wait"));
      }
      assertThat(client.response(streams.removeLast()).reset).isEqualTo(Http2Error.REFUSED_STREAM);
      latch.countDown();
      for (int stream : streams) {
        assertThat(client.response(stream).text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void headsBeyondTheLimitsAreRefusedAndTheConnectionGoesOn() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("limpet.limits.max-head-size = 16k", origin.port());
        Http2Client client = new Http2Client(proxy)) {
      String[] many = new String[2 * 40];
      String[] large = new String[2 * 10];
      String[] repeated = new String[2 * 25];
      for (int i = 0; i < many.length; i++) {
        many[i] = "x-" + i;
      }
      for (int i = 0; i < large.length; i++) {
        large[i] = i % 2 == 0 ? "x-" + i : "v".repeat(2_000);
      }
      for (int i = 0; i < repeated.length; i++) {
        // One octet each on the wire, behind the first.
        repeated[i] = i % 2 == 0 ? "x-again" : "v".repeat(1_000);
      }
      assertThat(client.response(client.get("/", many)).status()).isEqualTo("431");
      assertThat(client.response(client.get("/", large)).status()).isEqualTo("431");
      assertThat(client.response(client.get("/", repeated)).status()).isEqualTo("431");
      assertThat(client.response(client.get("/", "x", "v".repeat(5_000))).status())
          .isEqualTo("431");
      assertThat(client.response(client.get("/" + "p".repeat(3_000))).status()).isEqualTo("414");
      assertThat(
              client.response(client.request(0, "POST", "/", "content-length", "200000")).status())
          .isEqualTo("413");
      assertThat(client.response(client.get("/")).status()).isEqualTo("200");
      assertThat(origin.unreadRequests()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-split=a\r\nx-smuggled: b",
        "x-nul=a\0b",
        "connection=close",
        "transfer-encoding=chunked",
        "te=gzip",
        "content-length=1",
        "content-length=-0",
        "content-length=+0",
        ":unknown=x",
        "X-Capital=x",
        "x blank=x",
        "x-\r\nsmuggled=x",
        "=x"
      })
  void malformedRequestsLoseTheirStreamAndReachNoServer(String line) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int equals = line.lastIndexOf('=');
      int stream = client.get("/", line.substring(0, equals), line.substring(equals + 1));
      assertThat(client.response(stream).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
      assertThat(origin.unreadRequests()).isZero();
      assertThat(client.response(client.get("/")).status()).isEqualTo("200");
    }
  }

  @Test
  void targetsAndHostsThatCannotGoOnAreRefused() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(client.response(client.get("/a b")).status()).isEqualTo("400");
      assertThat(client.response(client.get("no-slash")).status()).isEqualTo("400");
      assertThat(client.response(client.get("/a\r\nX: y")).reset)
          .isEqualTo(Http2Error.PROTOCOL_ERROR);
      assertThat(client.response(client.get("/", "host", "elsewhere.example")).status())
          .isEqualTo("400");
      assertThat(origin.unreadRequests()).isZero();
    }
  }

  /** What attackers send, again and again. */
  enum Flood {
    PING {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        client.send(Http2FrameTypes.PING, 0, 0, new byte[8]);
      }
    },
    SETTINGS {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        client.send(Http2FrameTypes.SETTINGS, 0, 0, 0, 4, 0, 0, 0x7f, turn & 0x7f);
      }
    },
    PRIORITY {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        client.send(Http2FrameTypes.PRIORITY, 0, 2 * turn + 1, 0, 0, 0, 0, 1);
      }
    },
    EMPTY_DATA {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        int stream = turn == 0 ? client.request(0, "POST", "/") : 1;
        client.send(Http2FrameTypes.DATA, 0, stream);
      }
    },
    PADDING {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        int stream = turn == 0 ? client.request(0, "POST", "/") : 1;
        byte[] nothing = new byte[256];
        nothing[0] = (byte) 255;
        client.send(Http2FrameTypes.DATA, PADDED, stream, nothing);
      }
    },
    RAPID_RESET {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        client.reset(client.get("/"));
      }
    },
    CONTINUATION {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        if (turn == 0) {
          client.send(Http2FrameTypes.HEADERS, 0, 1, new byte[0]);
        }
        client.send(Http2FrameTypes.CONTINUATION, 0, 1, new byte[1]);
      }
    },
    LARGE_BLOCK {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        byte type = turn == 0 ? Http2FrameTypes.HEADERS : Http2FrameTypes.CONTINUATION;
        client.send(type, 0, 1, new byte[16_384]);
      }
    },
    UNKNOWN {
      @Override
      void send(Http2Client client, int turn) throws IOException {
        client.send((byte) 0x42, 0, 0);
      }
    };

    abstract void send(Http2Client client, int turn) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void aFloodIsCutOffEarlyAndOthersAreServed(Flood flood) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture("test.listener.timeouts.keep-alive = 5m", origin.port());
        Http2Client neighbour = new Http2Client(proxy);
        Http2Client attacker = new Http2Client(proxy)) {
      int turns = 5_000;
      CompletableFuture<Integer> sent =
          CompletableFuture.supplyAsync(
              () -> {
                int turn = 0;
                try {
                  while (turn < turns) {
                    flood.send(attacker, turn);
                    turn++;
                  }
                } catch (IOException cutOff) {
                  // The attack is over.
                }
                return turn;
              },
              task -> Thread.ofVirtual().start(task));
      assertThat(attacker.goAway()).isIn(Http2Error.ENHANCE_YOUR_CALM, null);
      sent.get(60, TimeUnit.SECONDS);
      assertThat(neighbour.response(neighbour.get("/")).text()).isEqualTo("hello");
      await().until(() -> activeRequests(proxy) == 0);
    }
  }

  @Test
  void settingsThatWouldMakeBuffersLargeAreNotFollowed() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      client.send(Http2FrameTypes.SETTINGS, 0, 0, 0, 1, 0x7f, 0, 0, 0, 0, 5, 0, 0xff, 0xff, 0xff);
      assertThat(client.response(client.get("/")).text()).isEqualTo("hello");
    }
  }

  private static int activeRequests(ProxyFixture proxy) {
    return proxy.proxy().traffic().activeRequests().values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException reset) {
      return -1;
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
