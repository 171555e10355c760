package dev.limpet.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is thrown in the middle of a request, an error above all, ends that request and nothing
 * else. It comes out of the session table here, which is asked on the way there and on the way
 * back.
 */
class FaultsTest {

  private static final String ONE_PLACE =
      """
      test.server.max-connections = 1
      test.listener.http2 = on
      limpet.upstreams.app { max-requests = 1, affinity { by = [ learn ], learn.cookies = [ sid ], learn-unknown = on } }
      """;

  /** Where it is thrown, and what. */
  public record Fault(String call, Throwable thrown) {

    @Override
    public String toString() {
      return thrown.getClass().getSimpleName() + " in " + call;
    }
  }

  static Stream<Fault> faults() {
    return Stream.of("find", "ask", "move", "bind")
        .flatMap(
            call ->
                Stream.of(
                    new Fault(call, new StackOverflowError()),
                    new Fault(call, new NoClassDefFoundError("as the test wants it")),
                    new Fault(call, new IllegalStateException("as the test wants it"))));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void endsItsRequestAndFreesItsPlaces(Fault fault) throws IOException {
    try (NamedOrigin server = new NamedOrigin("a");
        ProxyFixture proxy = new ProxyFixture(ONE_PLACE, server.port())) {
      proxy.cluster().sessions().outdated();
      for (int i = 1; i <= 3; i++) {
        server.line("Set-Cookie: sid=new-" + i);
        proxy.cluster().sessions().fault(fault.call(), fault.thrown());
        assertThat(proxy.exchange("GET / HTTP/1.1\r\nHost: app.example\r\nCookie: sid=ann\r\n\r\n"))
            .as("the connection is closed behind it")
            .startsWith("HTTP/1.1 500 ");
        try (Http2Client client = new Http2Client(proxy)) {
          assertThat(get(client, "ann")).isEqualTo("500");
          proxy.cluster().sessions().fault("none", fault.thrown());
          assertThat(get(client, "bob")).as("the next one on its connection").isEqualTo("200");
        }
        assertThat(proxy.proxy().loops().faults()).isEqualTo(2L * i);
      }
      assertThat(proxy.get("/", "Cookie: sid=ann")).startsWith("HTTP/1.1 200 ");
      await().until(() -> proxy.proxy().traffic().connections() == 0);
      assertThat(proxy.proxy().traffic().activeRequests().values()).allMatch(count -> count == 0);
    }
  }

  private static String get(Http2Client client, String user) throws IOException {
    return client.response(client.get("/", "cookie", "sid=" + user)).status();
  }
}
