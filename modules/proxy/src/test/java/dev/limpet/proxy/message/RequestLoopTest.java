package dev.limpet.proxy.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Requests that come back to the node that has sent them on. */
class RequestLoopTest {

  /** Its settings are not those of a file, where a loop to itself is a mistake. */
  @Test
  void endsWhereItBegan() throws IOException {
    int[] ports = {Ports.free(), Ports.free()};
    try (ProxyFixture one = at(ports[0], ports[1]);
        ProxyFixture other = at(ports[1], ports[0])) {
      assertThat(one.get("/", "Connection: limpet-via")).startsWith("HTTP/1.1 508 ");
      assertThat(one.proxy().traffic().requests()).isEqualTo(2);
      assertThat(other.proxy().traffic().requests()).isEqualTo(1);
      try (Http2Client client = new Http2Client(other)) {
        assertThat(client.response(client.get("/")).status()).isEqualTo("508");
      }
    }
  }

  @Test
  void isNotWhatTwoOfThemInARowAre() throws InterruptedException {
    int port = Ports.free();
    try (NamedOrigin server = new NamedOrigin("a");
        ProxyFixture second = at(port, server.port());
        ProxyFixture first = at(Ports.free(), port)) {
      assertThat(first.get("/")).startsWith("HTTP/1.1 200 ");
      assertThat(server.nextRequest())
          .containsPattern("(?s)Limpet-Via: \\w{16}\r\n.*Limpet-Via: \\w{16}\r\n");
    }
  }

  private static ProxyFixture at(int port, int server) {
    return new ProxyFixture(
        "test.listener { bind = \"127.0.0.1:" + port + "\", http2 = on }", server);
  }
}
