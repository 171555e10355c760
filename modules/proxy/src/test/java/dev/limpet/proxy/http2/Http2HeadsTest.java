package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What only HTTP/2 has in a request's head; what both protocols have is in {@link
 * TwoProtocolsTest}.
 */
class Http2HeadsTest {

  /** Machines are slow at times, and clients here have thought for as long. */
  private static final String PATIENT = "test.listener.timeouts.keep-alive = 5m";

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  private static Response exchange(Http2Client client, Http2Headers head) throws IOException {
    int stream = client.nextStream();
    client.headers(stream, END_STREAM, head);
    return client.response(stream);
  }

  private static Http2Headers get() {
    return new DefaultHttp2Headers(false)
        .method("GET")
        .scheme("http")
        .authority("app.example")
        .path("/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://x/y", "http/x", "ht tp", "ftp", "", "http:", "httpx", "1"})
  void aSchemeThatIsNoneOfOursIsRefused(String scheme) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertRefused(exchange(client, get().scheme(scheme)));
      assertThat(origin.unreadRequests()).isZero();
      assertThat(exchange(client, get().scheme("HTTPS")).status()).isEqualTo("200");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://app.example/x", "x", "?x", "/#", "/a b"})
  void aPathThatIsNoneIsRefused(String path) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertRefused(exchange(client, get().path(path)));
      assertThat(origin.unreadRequests()).isZero();
      assertThat(exchange(client, get()).status()).isEqualTo("200");
    }
  }

  @Test
  void connectHasAnAuthorityAndNothingMore() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(exchange(client, get().method("CONNECT")).reset)
          .isEqualTo(Http2Error.PROTOCOL_ERROR);
      Http2Headers tunnel = new DefaultHttp2Headers(false).method("CONNECT");
      assertThat(exchange(client, tunnel.authority("app.example:443")).status()).isEqualTo("501");
      assertThat(origin.unreadRequests()).isZero();
    }
  }

  @Test
  void hostMayRepeatTheAuthorityAndNotDiffer() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      for (String host : new String[] {"app.example", "APP.example", "app.example:80"}) {
        assertThat(exchange(client, get().add("host", host)).status()).isEqualTo("200");
        assertThat(origin.nextRequest())
            .containsOnlyOnce("\r\nHost: app.example\r\n")
            .doesNotContain("\r\nhost:");
      }
      for (String host :
          new String[] {"app.example:443", "other.example", "", "[", "a@app.example"}) {
        assertRefused(exchange(client, get().add("host", host)));
      }
      Http2Headers alone = get().add("host", "app.example:80");
      alone.remove(":authority");
      assertThat(exchange(client, alone).status()).isEqualTo("200");
      assertThat(origin.nextRequest()).containsOnlyOnce("\r\nhost: app.example:80\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHeadHasItsTimeWhateverElseIsUnderWay(boolean trickling) throws Exception {
    try (HeldOrigin origin = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                "test.listener.timeouts { head = 1s, keep-alive = 5m }\n"
                    + "limpet.upstreams.app.timeouts.first-byte = 30s",
                origin.port());
        Http2Client client = new Http2Client(proxy)) {
      client.get("/long");
      int stream = client.nextStream();
      client.send(Http2FrameTypes.HEADERS, 0, stream);
      if (trickling) {
        Thread.ofVirtual().start(() -> trickle(client, stream));
      }
      assertThat(client.goAway()).isEqualTo(Http2Error.ENHANCE_YOUR_CALM);
    }
  }

  private static void trickle(Http2Client client, int stream) {
    try {
      for (int i = 0; i < 30; i++) {
        client.send(Http2FrameTypes.CONTINUATION, 0, stream, 0x82);
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
    } catch (IOException cutOff) {
      // In time.
    }
  }

  private static void assertRefused(Response response) {
    if (response.reset == null) {
      assertThat(response.status()).isEqualTo("400");
    } else {
      assertThat(response.reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
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
}
