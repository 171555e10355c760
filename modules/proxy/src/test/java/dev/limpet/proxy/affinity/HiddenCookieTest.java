package dev.limpet.proxy.affinity;

import static dev.limpet.testkit.RawText.readUntil;
import static dev.limpet.testkit.RawText.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limpet's cookie is between the client and Limpet: what servers get of a client's cookies. */
class HiddenCookieTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** The Cookie lines as they are in a head. */
  private static List<String> cookies(String head) {
    return head.lines().filter(line -> line.regionMatches(true, 0, "cookie:", 0, 7)).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      nullValues = "none",
      value = {
        "Cookie: limpet=x > none",
        "Cookie: a=1; limpet=x; b=\"2\" > Cookie: a=1; b=\"2\"",
        "cOOKie: limpet=x;limpet=y;  limpet=z; a=1 > cOOKie: a=1",
        "Cookie: limpet=x|X-Between: 1|Cookie: a=1|Cookie: limpet=y > Cookie: a=1",
        "Cookie: a=1; limpet=x|Cookie: limpet=y; b=2 > Cookie: a=1|Cookie: b=2",
        "Cookie: xlimpet=1; limpetx=2; a=limpet=3; LIMPET=4; limpet > "
            + "Cookie: xlimpet=1; limpetx=2; a=limpet=3; LIMPET=4; limpet",
        "Cookie: a=1;;b=2; > Cookie: a=1;;b=2;",
      })
  void serversDoNotSeeIt(String sent, String expected) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/", sent.strip().split("\\|"))).endsWith("ok");
      List<String> left = expected == null ? List.of() : List.of(expected.split("\\|"));
      assertThat(cookies(origin.nextRequest())).isEqualTo(left);
    }
  }

  @Test
  void serversDoNotSeeItByHttp2() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream =
          client.get("/", "cookie", "a=1", "cookie", "limpet=x", "cookie", "b=2; limpet=y");
      assertThat(client.response(stream).status()).isEqualTo("200");
      assertThat(cookies(origin.nextRequest())).containsExactly("cookie: a=1; b=2");
      assertThat(client.response(client.get("/", "cookie", "limpet=x")).status()).isEqualTo("200");
      assertThat(cookies(origin.nextRequest())).isEmpty();
    }
  }

  /**
   * A request with a body, one that changes the protocol, and a client that has the cookie from us.
   */
  @Test
  void serversDoNotSeeItInAnyRequest() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      String head = "Host: app.example\r\nCookie: a=1; limpet=x\r\n";
      write(socket, "POST / HTTP/1.1\r\n" + head + "Content-Length: 4\r\n\r\nbody");
      readUntil(socket, "ok");
      write(socket, "GET / HTTP/1.1\r\n" + head + "Connection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      readUntil(socket, "ok");
      assertThat(cookies(origin.nextRequest())).containsExactly("Cookie: a=1");
      assertThat(cookies(origin.nextRequest())).containsExactly("Cookie: a=1");
    }
  }

  @ParameterizedTest
  @CsvSource({"cookie.pass = on", "by = []", "cookie.name = other"})
  void serversSeeWhatIsNotOursToHide(String affinity) throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.affinity { " + affinity + " }", origin.port())) {
      assertThat(proxy.get("/", "Cookie: limpet=x;  a=1 ")).endsWith("ok");
      assertThat(cookies(origin.nextRequest())).containsExactly("Cookie: limpet=x;  a=1");
    }
  }

  @Test
  void whatOperatorsSetGoesThrough() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.hosts = [ { names = [ app.example ], routes = [ { path = \"/\", upstream = app,"
                    + " request-headers.set { cookie = \"limpet=set\" } } ] } ]",
                origin.port())) {
      assertThat(proxy.get("/", "Cookie: limpet=x")).endsWith("ok");
      assertThat(cookies(origin.nextRequest())).containsExactly("cookie: limpet=set");
    }
  }
}
