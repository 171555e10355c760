package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Heap;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * HTTP/2 clients that have servers work for nobody, and those that take nothing of what they ask
 * for.
 */
class Http2AbuseTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String PATIENT = "test.listener.timeouts.keep-alive = 5m\n";

  /** What makes a connection's streams end without an answer, again and again. */
  enum Abuse {
    RESETS {
      @Override
      void send(Http2Client client) throws IOException {
        client.reset(client.get("/"));
      }
    },
    RESETS_OF_UPLOADS {
      @Override
      void send(Http2Client client) throws IOException {
        int stream = client.request(0, "POST", "/");
        client.send(Http2FrameTypes.DATA, 0, stream, 1);
        client.reset(stream);
      }
    },
    DATA_BEHIND_THE_END {
      @Override
      void send(Http2Client client) throws IOException {
        client.send(Http2FrameTypes.DATA, 0, client.get("/"), 1);
      }
    },
    TRAILERS_WITH_A_PATH {
      @Override
      void send(Http2Client client) throws IOException {
        int stream = client.request(0, "POST", "/");
        client.headers(stream, END_STREAM, new DefaultHttp2Headers(false).path("/"));
      }
    },
    TRAILERS_THAT_END_NOTHING {
      @Override
      void send(Http2Client client) throws IOException {
        client.headers(client.request(0, "POST", "/"), 0, new DefaultHttp2Headers().add("x", "y"));
      }
    },
    BODY_BEYOND_ITS_LENGTH {
      @Override
      void send(Http2Client client) throws IOException {
        int stream = client.request(0, "POST", "/", "content-length", "1");
        client.send(Http2FrameTypes.DATA, 0, stream, 1, 2);
      }
    },
    BODY_SHORT_OF_ITS_LENGTH {
      @Override
      void send(Http2Client client) throws IOException {
        int stream = client.request(0, "POST", "/", "content-length", "10");
        client.send(Http2FrameTypes.DATA, END_STREAM, stream, 1, 2);
      }
    },
    WINDOW_BEYOND_ALL {
      @Override
      void send(Http2Client client) throws IOException {
        client.send(Http2FrameTypes.WINDOW_UPDATE, 0, client.get("/"), 0x7f, 0xff, 0xff, 0xff);
      }
    },
    WINDOW_BY_NOTHING {
      @Override
      void send(Http2Client client) throws IOException {
        client.send(Http2FrameTypes.WINDOW_UPDATE, 0, client.get("/"), 0, 0, 0, 0);
      }
    },
    DEPENDS_ON_ITSELF {
      @Override
      void send(Http2Client client) throws IOException {
        int stream = client.get("/");
        client.send(Http2FrameTypes.PRIORITY, 0, stream, 0, 0, stream >> 8, stream, 1);
      }
    },
    MALFORMED_HEADS {
      @Override
      void send(Http2Client client) throws IOException {
        client.get("/", "Capital", "x");
      }
    },
    LARGE_HEADS {
      @Override
      void send(Http2Client client) throws IOException {
        client.get("/", "x-large", "v".repeat(5_000));
      }
    },
    /** One octet each on the wire, behind the first. */
    HPACK_BOMB {
      @Override
      void send(Http2Client client) throws IOException {
        String[] lines = new String[2 * 30];
        Arrays.setAll(lines, i -> i % 2 == 0 ? "x-bomb" : "v".repeat(3_000));
        client.get("/", lines);
      }
    };

    abstract void send(Http2Client client) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void isCutOffBeforeItHasOpenedManyConnectionsToServers(Abuse abuse) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (Origin silent = silent(connections);
        ProxyFixture proxy = new ProxyFixture(PATIENT, silent.port());
        Http2Client attacker = new Http2Client(proxy)) {
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(abuse, attacker, 390));
      assertThat(attacker.goAway()).isNotNull().isNotEqualTo(Http2Error.NO_ERROR);
      sent.get(60, TimeUnit.SECONDS);
      await().until(() -> activeRequests(proxy) == 0);
      assertThat(connections).hasValueLessThan(300);
    }
  }

  @Test
  void isCountedAndAClientThatIsCutOffMayComeAgain() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      for (int i = 1; i <= 3; i++) {
        try (Http2Client attacker = new Http2Client(proxy)) {
          CompletableFuture<Void> sent =
              CompletableFuture.runAsync(() -> send(Abuse.BODY_BEYOND_ITS_LENGTH, attacker, 100));
          assertThat(attacker.goAway()).isEqualTo(Http2Error.ENHANCE_YOUR_CALM);
          sent.get(60, TimeUnit.SECONDS);
        }
        assertThat(proxy.proxy().traffic().http2CutOff()).isEqualTo(i);
      }
      try (Http2Client client = new Http2Client(proxy)) {
        assertThat(client.response(client.get("/")).text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void clientsOfOtherServersHardlyNotice() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    AtomicInteger attacks = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    try (Origin silent = silent(connections);
        Origin other = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                PATIENT
                    + "limpet.upstreams.other.servers = [ { address = \"127.0.0.1:%d\" } ]\n"
                        .formatted(other.port())
                    + """
                    limpet.hosts = [
                      { names = [ app.example ]
                        routes = [ { path = "/", upstream = app }, { path = "/other", upstream = other } ] }
                    ]
                    """,
                silent.port());
        Http2Client innocent = new Http2Client(proxy)) {
      List<CompletableFuture<Void>> attackers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        attackers.add(
            CompletableFuture.runAsync(
                () -> {
                  while (!over.get()) {
                    attacks.incrementAndGet();
                    attack(proxy, over);
                  }
                },
                // Virtual ones would leave nothing for the servers', which are not preempted.
                task -> Thread.ofPlatform().start(task)));
      }
      for (int i = 0; i < 360; i++) {
        assertThat(innocent.response(innocent.get("/other")).text()).isEqualTo("hello");
      }
      over.set(true);
      for (CompletableFuture<Void> attacker : attackers) {
        attacker.get(60, TimeUnit.SECONDS);
      }
      assertThat(connections.get()).isLessThan(50 * attacks.get());
    }
  }

  private static void attack(ProxyFixture proxy, AtomicBoolean over) {
    try (Http2Client attacker = new Http2Client(proxy)) {
      while (!over.get()) {
        Abuse.DATA_BEHIND_THE_END.send(attacker);
      }
    } catch (IOException cutOff) {
      // It comes again.
    }
  }

  /** A page that is left takes its requests with it, and the next one is not a flood. */
  @Test
  void aBrowserThatLeavesPagesIsNotCutOff() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      for (int page = 0; page < 10; page++) {
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          answered.add(client.get("/"));
        }
        for (int stream : answered) {
          assertThat(client.response(stream).text()).isEqualTo("hello");
        }
        for (int i = 0; i < 50; i++) {
          client.reset(client.get("/"));
        }
      }
      assertThat(client.response(client.get("/")).text()).isEqualTo("hello");
      assertThat(client.hasHeardGoAway()).isFalse();
    }
  }

  @Test
  void whatASlowReaderDoesNotTakeStaysWithItsServers() throws Exception {
    int streams = 100;
    byte[] body = new byte[1 << 20];
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
                  socket.getOutputStream().write(body);
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(client.response(client.get("/")).body.size()).isEqualTo(body.length);
      client.send(Http2FrameTypes.SETTINGS, 0, 0, 0, 4, 0, 0, 0, 0);
      long before = Heap.used();
      List<Integer> asked = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        asked.add(client.get("/"));
      }
      for (int stream : asked) {
        client.awaitHead(stream);
      }
      assertThat((Heap.used() - before) / streams)
          .as("bytes for each stream")
          .isLessThan(64 * 1024);
      byte[] enough = {0, 0x20, 0, 0};
      for (int stream : asked.subList(0, 10)) {
        client.send(Http2FrameTypes.WINDOW_UPDATE, 0, stream, enough);
      }
      for (int stream : asked.subList(0, 10)) {
        assertThat(client.response(stream).body.size()).isEqualTo(body.length);
      }
    }
  }

  /** Trailers need no window, and a client may wait for them before it opens one. */
  @Test
  void trailersFollowABodyThatHasUsedUpTheWindow() throws Exception {
    String body = "x".repeat(65_535);
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"
                    + body
                    + "\r\n0\r\nx-sum: 1\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy).thatDoesNotRead()) {
      Response response = client.response(client.get("/"));
      assertThat(response.body.size()).isEqualTo(65_535);
      assertThat(response.trailers).isNotNull();
    }
  }

  private static void send(Abuse abuse, Http2Client attacker, int times) {
    try {
      for (int i = 0; i < times; i++) {
        abuse.send(attacker);
      }
    } catch (IOException cutOff) {
      // The attack is over.
    }
  }

  /** Reads requests and answers none. */
  private static Origin silent(AtomicInteger connections) {
    return new Origin(
        (self, socket) -> {
          connections.incrementAndGet();
          socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
  }

  private static int activeRequests(ProxyFixture proxy) {
    return proxy.proxy().traffic().activeRequests().values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }
}
