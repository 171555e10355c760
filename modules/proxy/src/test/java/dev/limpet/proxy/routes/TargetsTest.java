package dev.limpet.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a request is for, as Host and the target say it. */
class TargetsTest {

  private static final String ANY_HOST =
      "limpet.hosts = [ { names = [ \"*\" ], routes = [ { path = \"/\", upstream = app } ] } ]\n";

  private final Origin origin =
      Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  private final ProxyFixture proxy = new ProxyFixture(ANY_HOST, origin.port());

  @AfterEach
  void close() {
    proxy.close();
    origin.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..a.com",
        "a..b",
        ":80",
        "1.2.3.4:98777",
        "1.2.3.4:90:80",
        "[abcd::1]x",
        "[abcd::1",
        "[1:2:3]",
        "::1",
        "user@app.example",
        "a,b",
        "%zz"
      })
  void aHostThatIsNoneIsNobodys(String host) {
    assertThat(proxy.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(origin.unreadRequests()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "http://app.example:80/x?y, app.example, app.example:80, /x?y",
    "http://app.example/x, app.example:80, app.example, /x",
    "http://app.example:/x, app.example, app.example, /x",
    "http://app.example/x, app.example:, app.example, /x",
    "http://user:secret@app.example/x, app.example, app.example, /x",
    "http://user@app.example:8080/x, app.example, app.example:8080, /x",
    "HTTP://APP.example/x, app.EXAMPLE, APP.example, /x",
    "http://app.example/x, app.example, app.example, /x",
    "https://app.example/x, app.example:443, app.example, /x",
    "http://[::1]:80/x, [::1], [::1]:80, /x",
    "http://other.example/x, app.example, other.example, /x",
    "http://app.example?y, app.example:80, app.example, /?y",
    "http://app.example, app.example:80, app.example, /"
  })
  void theTargetCountsNotTheHost(String target, String host, String asked, String path)
      throws InterruptedException {
    for (String lines :
        List.of("HTTP/1.1\r\nHost: " + host, "HTTP/1.0\r\nHost: " + host, "HTTP/1.0")) {
      assertThat(proxy.exchange("GET " + target + " " + lines + "\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(origin.nextRequest())
          .startsWith("GET " + path + " HTTP/1.1\r\n")
          .containsOnlyOnce("\r\nHost: ")
          .contains("\r\nHost: " + asked + "\r\n");
    }
  }

  @Test
  void theTargetDecidesOnTheRoute() {
    proxy.reload(
        """
        limpet.hosts = [
          { names = [ a.example ], routes = [ { path = "/", respond { body = "a" } } ] }
          { names = [ "*" ], routes = [ { path = "/", redirect { to = "https://{hostname}:8443{uri}" } } ] } ]
        """,
        origin.port());
    assertThat(
            proxy.exchange(
                "GET http://a.example:80/ HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"))
        .endsWith("a");
    assertThat(
            proxy.exchange(
                "GET http://b:80/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"))
        .contains("\r\nLocation: https://b:8443/\r\n");
  }

  @Test
  void optionsOfAWholeServerStayThat() throws InterruptedException {
    proxy.exchange("OPTIONS http://app.example HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assertThat(origin.nextRequest()).startsWith("OPTIONS * HTTP/1.1\r\n");
  }

  @Test
  void whatMayGoNoFurtherIsAnsweredHere() throws InterruptedException {
    String end =
        " /x?y HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nCookie: a=b\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n";
    assertThat(proxy.exchange("TRACE" + end))
        .startsWith("HTTP/1.1 200 ")
        .contains("\r\nContent-Type: message/http\r\n")
        .endsWith(
            "\r\n\r\nTRACE /x?y HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n");
    assertThat(proxy.exchange("OPTIONS" + end)).startsWith("HTTP/1.1 204 ");
    assertThat(origin.unreadRequests()).isZero();
    proxy.exchange("GET" + end);
    assertThat(origin.nextRequest()).contains("\r\nMax-Forwards: 0\r\n");
  }

  @ParameterizedTest
  @CsvSource({"10, 9", "1, 0", "-1, -1", "x, x", "99999999999, 99999999999"})
  void whatMayGoOnMayGoOneLess(String value, String passedOn) throws InterruptedException {
    for (String method : List.of("TRACE", "OPTIONS")) {
      proxy.exchange(
          method
              + " /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: "
              + value
              + "\r\nConnection: close\r\n\r\n");
      assertThat(origin.nextRequest())
          .startsWith(method)
          .containsOnlyOnce("Max-Forwards")
          .contains("\r\nMax-Forwards: " + passedOn + "\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://",
        "http:///x",
        "http://?x",
        "http://:80/",
        "http://..a/",
        "http://a:x/",
        "http://a:99999/",
        "http://a@b@c/",
        "http://[::1/",
        "http:/a/",
        "ftp://a/",
        "http://a\\b/",
        "http://user@/"
      })
  void aTargetForNobodyIsRefused(String target) {
    assertThat(proxy.exchange("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(origin.unreadRequests()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "APP.example:8080",
        "app.example.",
        "app.example:",
        "[::1]:80",
        "a_b",
        "%61",
        "[v1.a]"
      })
  void otherHostsAreTheDefaultOnes(String host) throws InterruptedException {
    assertThat(proxy.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    assertThat(origin.nextRequest()).contains("\r\nHost: " + host + "\r\n");
  }
}
