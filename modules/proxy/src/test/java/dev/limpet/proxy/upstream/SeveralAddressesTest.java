package dev.limpet.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.SilentPort;
import dev.limpet.testkit.TestNames;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A server whose name has several addresses, as localhost has: any of them may be the one to use.
 */
class SeveralAddressesTest {

  private static final String V4 = "127.0.0.1";
  private static final String V6 = "::1";

  @BeforeEach
  void haveNames() {
    TestNames.put("both.test", V4, V6);
  }

  /** It closes each connection, so that each request needs a new one. */
  private static Origin origin(String address, int port) {
    return Origin.answering(
        address,
        port,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
            + address.length()
            + "\r\n\r\n"
            + address);
  }

  private static ProxyFixture proxy(int port) {
    return proxy(port, "");
  }

  private static ProxyFixture proxy(int port, String more) {
    return new ProxyFixture(
        "limpet.upstreams.app.servers = [ { address = \"both.test:" + port + "\" } ]\n" + more);
  }

  @Test
  void aServerThatListensOnIpv6OnlyIsReached() {
    int port = Ports.free();
    try (Origin origin = origin(V6, port);
        ProxyFixture proxy = proxy(port)) {
      assertThat(proxy.get("/")).endsWith(V6);
    }
  }

  @Test
  void aServerThatListensOnIpv4OnlyIsReached() {
    int port = Ports.free();
    try (Origin origin = origin(V4, port);
        ProxyFixture proxy = proxy(port)) {
      assertThat(proxy.get("/")).endsWith(V4);
    }
  }

  /** A server may be two processes, and clients are to stay at one. */
  @Test
  void theAddressThatWorkedIsKeptUntilItDoesNot() {
    int port = Ports.free();
    try (ProxyFixture proxy = proxy(port)) {
      try (Origin first = origin(V4, port)) {
        assertThat(proxy.get("/")).endsWith(V4);
        try (Origin preferred = origin(V6, port)) {
          for (int i = 0; i < 10; i++) {
            assertThat(proxy.get("/")).as("at whichever loop").endsWith(V4);
          }
          first.close();
          assertThat(proxy.get("/")).endsWith(V6);
        }
      }
      try (Origin back = origin(V4, port)) {
        assertThat(proxy.get("/")).endsWith(V4);
      }
    }
  }

  @Test
  void anAddressThatIsSilentCostsAMomentOnly() {
    try (SilentPort silent = new SilentPort(V6, Ports.free());
        Origin origin = origin(V4, silent.port());
        ProxyFixture proxy = proxy(silent.port())) {
      for (int i = 0; i < 10; i++) {
        assertThat(proxy.get("/")).endsWith(V4);
      }
      assertThat(proxy.cluster().unreachable()).isEmpty();
    }
  }

  @Test
  void whereNoneAnswersTheTimeIsOneConnections() {
    try (SilentPort silent = new SilentPort(V6, Ports.free());
        SilentPort other = new SilentPort(V4, silent.port());
        ProxyFixture proxy = proxy(silent.port(), "limpet.upstreams.app.timeouts.connect = 1s")) {
      String response = assertTimeout(Duration.ofSeconds(15), () -> proxy.get("/"));
      assertThat(response).startsWith("HTTP/1.1 504 ");
    }
  }

  @Test
  void whereAllRefuseTheServerIsUnreachable() {
    try (ProxyFixture proxy = proxy(Ports.free())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 ");
      assertThat(proxy.cluster().unreachable()).hasSize(1);
    }
  }

  @Test
  void whereTheNameHasNoAddressTheServerIsUnreachable() {
    try (ProxyFixture proxy =
        new ProxyFixture(
            "limpet.upstreams.app.servers = [ { address = \"nowhere.invalid:80\" } ]")) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 ");
    }
  }
}
