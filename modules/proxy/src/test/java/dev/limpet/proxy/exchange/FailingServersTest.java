package dev.limpet.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients notice of servers that refuse, close, say nothing, or say something odd. */
class FailingServersTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  @Test
  void aRefusedConnectionCostsTheClientNothing() {
    int dead = Ports.free();
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(dead, origin.port())) {
      for (int i = 0; i < 4; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ");
      }
      assertThat(proxy.cluster().unreachable()).hasSize(1);
    }
  }

  @Test
  void aSessionMovesOnceWhenItsServerIsGone() {
    Origin first = Origin.answering(OK);
    try (Origin second = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(first.port(), second.port())) {
      String cookie = "Cookie: other=1; " + cookieOf(proxy.get("/"));
      proxy.get("/", cookie);
      assertThat(first.unreadRequests()).as("the first server has the client").isEqualTo(2);
      first.close();
      String moved = proxy.get("/", cookie);
      assertThat(moved).startsWith("HTTP/1.1 200 ").contains("Set-Cookie: limpet=");
      assertThat(proxy.cluster().sessions().known()).hasSize(1);
      assertThat(proxy.get("/", "Cookie: " + cookieOf(moved))).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.get("/", cookie)).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.cluster().sessions().known()).hasSize(1);
      assertThat(second.unreadRequests()).isEqualTo(3);
    } finally {
      first.close();
    }
  }

  @Test
  void aSessionStaysWhereItIsWhenNoServerIsSaidToBeHealthy() {
    try (Origin first = Origin.answering(OK);
        Origin second = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(first.port(), second.port())) {
      String cookie = "Cookie: " + cookieOf(proxy.get("/"));
      proxy.cluster().dead(first.port(), second.port());
      for (int i = 0; i < 4; i++) {
        assertThat(proxy.get("/", cookie)).startsWith("HTTP/1.1 200 ").doesNotContain("Set-Cookie");
      }
      assertThat(first.unreadRequests()).as("the first server has the client").isEqualTo(5);
      assertThat(proxy.cluster().sessions().known()).isEmpty();
    }
  }

  @Test
  void aServerThatIsSaidToBeDownIsTheLastResort() {
    Origin first = Origin.answering(OK);
    try (Origin second = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(first.port(), second.port())) {
      proxy.cluster().dead(second.port());
      String cookie = "Cookie: " + cookieOf(proxy.get("/"));
      first.close();
      assertThat(proxy.get("/", cookie)).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ");
      second.close();
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 ");
    } finally {
      first.close();
    }
  }

  @Test
  void aServerThatClosesWithoutAnAnswerIsAskedAgainOnlyWhenThatIsSafe() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (self.unreadRequests() == 0) {
                    self.readRequest(socket);
                    return;
                  }
                  self.readRequest(socket);
                  self.write(socket, OK);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ");
    }
    try (Origin closing = new Origin((self, socket) -> self.readRequest(socket));
        ProxyFixture proxy = new ProxyFixture(closing.port())) {
      assertThat(
              proxy.exchange(
                  "POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
                      + "Content-Length: 1\r\n\r\nx"))
          .startsWith("HTTP/1.1 502 ");
      assertThat(closing.unreadRequests()).isEqualTo(1);
    }
  }

  /** As a killed process does: connections go first, and for a moment there are still new ones. */
  @Test
  void aServerThatStopsListeningAfterItsConnectionsCloseCostsTheClientNothing() {
    try (Origin dying =
            new Origin(
                (self, socket) -> {
                  boolean first = self.unreadRequests() == 0;
                  self.readRequest(socket);
                  if (first) {
                    self.write(socket, OK);
                    self.readRequest(socket);
                  } else {
                    self.close();
                  }
                });
        Origin other = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(dying.port(), other.port())) {
      String cookie = "Cookie: " + cookieOf(proxy.get("/"));
      assertThat(proxy.get("/", cookie)).startsWith("HTTP/1.1 200 ");
      assertThat(other.unreadRequests()).isEqualTo(1);
    }
  }

  @Test
  void aServerThatSaysNothingIsA504() {
    try (Origin silent =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.readRequest(socket);
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.first-byte = 300ms", silent.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 504 ");
    }
  }

  @Test
  void aServerThatDoesNotSpeakHttpIsA502() {
    try (Origin origin = Origin.answering("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 502 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: so-not-a-type\r\nContent-Length: 0\r\n\r\n",
      })
  void anOddResponseIsAnsweredAllTheSame(String odd) {
    try (Origin origin = Origin.answering(odd);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 ");
    }
  }

  @Test
  void aResponseThatNobodyAskedForIsNobodysAnswer() {
    String evil = OK.replace("hello", "wrong");
    try (Origin origin = Origin.answering(OK + evil);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      for (int i = 0; i < 6; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nhello");
      }
    }
  }

  @Test
  void aServerThatBreaksOffCutsTheClientsConnection() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\npart");
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String response;
      try {
        response = proxy.get("/");
      } catch (UncheckedIOException reset) {
        return;
      }
      assertThat(response).contains("Content-Length: 100000").doesNotContain("502");
    }
  }

  @Test
  void aShortResponseThatBreaksOffIsAskedForAgain() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  boolean first = self.unreadRequests() == 0;
                  self.readRequest(socket);
                  self.write(socket, first ? OK.substring(0, OK.length() - 1) : OK);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ").endsWith("hello");
      assertThat(origin.unreadRequests()).isEqualTo(2);
    }
  }

  @Test
  void withoutAServerItIsA503ThatSaysWhenToComeBack() {
    int dead = Ports.free();
    try (ProxyFixture proxy = new ProxyFixture(dead)) {
      assertThat(proxy.get("/"))
          .startsWith("HTTP/1.1 503 ")
          .contains("\r\nRetry-After: 1\r\n")
          .doesNotContain(Integer.toString(dead));
    }
  }

  private static String cookieOf(String response) {
    int from = response.indexOf("Set-Cookie: ") + "Set-Cookie: ".length();
    return response.substring(from, response.indexOf(';', from));
  }
}
