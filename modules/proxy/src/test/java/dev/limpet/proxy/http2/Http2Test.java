package dev.limpet.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.Http2Error;
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

/** HTTP/2 with prior knowledge, frame by frame: clients that behave. */
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
