package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.PADDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that send what costs them nothing, again and again. */
class Http2FloodsTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

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
}
