package dev.limpet.proxy.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Heap;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.transport.Connection;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left in memory of what is over: nothing, or a node would not run for months. */
class ConnectionLeakTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  /** All that a connection may end with. */
  private static final List<String> REQUESTS =
      List.of(
          "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
          "GET / HTTP/1.0\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
          "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
          "POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "2\r\nhi\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET / HTTP/1.1",
          "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: app.example\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nx\r\n",
          "GET / HTTP/1.1\r\nwrong header: 1\r\n\r\n",
          "POST /old HTTP/1.1\r\nContent-Length: 100000\r\n\r\nhi",
          "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");

  @Test
  void nothingIsLeftOfConnectionsThatWereRefused() {
    try (ProxyFixture proxy = new ProxyFixture(Ports.free())) {
      long before = inMemory(UpstreamConnection.class);
      for (int i = 0; i < 100; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 503");
      }
      await()
          .untilAsserted(
              () -> assertThat(inMemory(UpstreamConnection.class)).isLessThan(before + 20));
    }
  }

  @Test
  void nothingIsLeftOfConnectionsToServersThatHaveGone() {
    List<NamedOrigin> origins =
        new ArrayList<>(IntStream.range(0, 20).mapToObj(i -> new NamedOrigin("a" + i)).toList());
    try (ProxyFixture proxy =
        new ProxyFixture(
            "limpet.upstreams.app.timeouts.keep-alive = 1m",
            origins.stream().mapToInt(NamedOrigin::port).toArray())) {
      for (int i = 0; i < 40; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200");
      }
      assertThat(inMemory(UpstreamPool.class)).isGreaterThanOrEqualTo(20);
      origins.forEach(NamedOrigin::close);
      await().untilAsserted(() -> assertThat(inMemory(UpstreamPool.class)).isLessThan(10));
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 100000", "false, 100000", "true, 1", "false, 1"})
  void nothingIsLeftOfConnectionsThatHaveEnded(boolean half, int maxRequests) throws IOException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                "test.listener { half-close = on, max-requests = " + maxRequests + " }",
                origin.port())) {
      long before = inMemory(Connection.class);
      for (String request : REQUESTS) {
        String toSend = request.replaceFirst("\r\n", "\r\nHost: app.example\r\n");
        for (int i = 0; i < 10; i++) {
          assertThat(exchange(proxy, toSend, half)).startsWith("HTTP/1.1 ");
        }
      }
      await().untilAsserted(() -> assertThat(inMemory(Connection.class)).isLessThan(before + 5));
    }
  }

  /** Sends all at once, and says at once that this is all, or leaves after the first bytes. */
  private static String exchange(ProxyFixture proxy, String request, boolean half)
      throws IOException {
    try (Socket client = proxy.connect()) {
      client.getOutputStream().write(request.getBytes(ISO_8859_1));
      if (half) {
        client.shutdownOutput();
        return new String(client.getInputStream().readAllBytes(), ISO_8859_1);
      }
      return new String(client.getInputStream().readNBytes(12), ISO_8859_1);
    }
  }

  private static long inMemory(Class<?> type) {
    return Heap.instances(type.getName());
  }
}
