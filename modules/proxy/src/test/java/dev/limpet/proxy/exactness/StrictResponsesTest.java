package dev.limpet.proxy.exactness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Responses that are none get to no client as if they were: a 502 before the head is out, else a
 * cut.
 */
class StrictResponsesTest {

  private static final String REST = "\r\nContent-Length: 2\r\n\r\nhi";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 099 OK",
        "HTTP/1.1 99 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1 -1 OK",
        "HTTP/1.1 1000 OK",
        "HTTP/1.1 101 Switching Protocols",
        "HTTP/1.1 200 OK\r\n: empty",
        "HTTP/1.1 200 OK\r\nX: a\0b",
        "HTTP/1.1 200 OK\r\nX: a\rb",
        "HTTP/1.1 200 OK\r\nX\0: a",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1 200 OK\r\nContent-Length: 3"
      })
  void aHeadThatIsNoneIsA502(String head) throws IOException {
    try (Origin origin = Origin.answering(head + REST);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 502 ");
      assertThat(client.response(client.get("/")).status()).isEqualTo("502");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X: a\0b", "X: a\rb", ": empty", "X\0: a", "X\r: a", "\0", "X: \u007f"})
  void aTrailerThatIsNoneCutsTheResponse(String trailer) throws IOException {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n";
    String much = "x".repeat(100_000);
    for (String body : List.of("2\r\nhi\r\n0\r\n", "186a0\r\n" + much + "\r\n0\r\n")) {
      try (Origin origin = Origin.answering(head + body + trailer + "\r\n\r\n");
          ProxyFixture proxy = new ProxyFixture(origin.port());
          Http2Client client = new Http2Client(proxy)) {
        String response = proxy.get("/");
        assertThat(response.startsWith("HTTP/1.1 502 ") || !response.contains("\r\n0\r\n"))
            .as("over HTTP/1.1: a 502 or a cut")
            .isTrue();
        Http2Client.Response stream = client.response(client.get("/"));
        assertThat(stream.status().equals("502") || stream.reset != null)
            .as("over HTTP/2: a 502 or a reset")
            .isTrue();
      }
    }
  }
}
