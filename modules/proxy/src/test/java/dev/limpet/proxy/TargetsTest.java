package dev.limpet.proxy;

import dev.limpet.testkit.Origin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Whom a request is for, as Host and the target say it. */
class TargetsTest {

  private static final String ANY_HOST =
      "limpet.hosts = [ { names = [ \"*\" ], routes = [ { path = \"/\", upstream = app } ] } ]\n";

  private final Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  private final ProxyFixture proxy = new ProxyFixture(ANY_HOST, origin.port());

  @AfterEach
  void close() {
    proxy.close();
    origin.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..a.com", "a..b", ":80", "1.2.3.4:98777", "1.2.3.4:90:80", "[abcd::1]x", "[abcd::1",
        "[1:2:3]", "::1", "user@app.example", "a,b", "%zz"
      })
  void aHostThatIsNoneIsNobodys(String host) {
    assertThat(proxy.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(origin.unreadRequests()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "APP.example:8080", "app.example.", "app.example:", "[::1]:80", "a_b", "%61", "[v1.a]"})
  void otherHostsAreTheDefaultOnes(String host) throws InterruptedException {
    assertThat(proxy.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    assertThat(origin.nextRequest()).contains("\r\nHost: " + host + "\r\n");
  }
}
