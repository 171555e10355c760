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
}
