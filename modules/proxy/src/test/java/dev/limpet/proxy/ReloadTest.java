package dev.limpet.proxy;

import static dev.limpet.testkit.RawText.readUntil;
import static dev.limpet.testkit.RawText.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Settings that change while clients are connected. */
class ReloadTest {

  private static final String SECOND_UPSTREAM =
      """
      limpet.upstreams.other { servers = [ { address = "127.0.0.1:%d" } ], affinity.by = [] }
      limpet.hosts = [ { routes = [
        { path = "/", upstream = app }
        { path = "/other", upstream = other }
      ] } ]
      """;

  private static final String SECOND_LISTENER =
      """
      limpet.listeners = [
        { name = http, bind = "127.0.0.1:0" }
        { name = more, bind = "127.0.0.1:%d" }
      ]
      """;

  @Test
  void newRoutesAndUpstreamsHoldOnConnectionsThatAreOpen() throws Exception {
    try (NamedOrigin one = new NamedOrigin("one.");
        NamedOrigin two = new NamedOrigin("two.");
        ProxyFixture proxy = new ProxyFixture(one.port());
        Socket client = proxy.connect()) {
      assertThat(ask(client, "/other")).isEqualTo("one.");
      proxy.reload(SECOND_UPSTREAM.formatted(two.port()), one.port());
      assertThat(ask(client, "/other")).endsWith("two.");
      assertThat(ask(client, "/")).endsWith("one.");
      proxy.reload("", one.port());
      assertThat(ask(client, "/other")).endsWith("one.");
    }
  }

  @Test
  void clientsStayAtTheirServerWhenOthersComeAndSettingsChange() {
    try (NamedOrigin one = new NamedOrigin("one.");
        NamedOrigin two = new NamedOrigin("two.");
        ProxyFixture proxy = new ProxyFixture(one.port())) {
      String cookie = cookie(proxy.get("/"));
      proxy.reload(
          "test.server.weight = 7, limpet.upstreams.app.balance = least-connections",
          two.port(),
          one.port());
      for (int i = 0; i < 10; i++) {
        assertThat(proxy.get("/", cookie)).endsWith("one.");
      }
      proxy.reload("", two.port());
      // The routing actors follow the cluster in their own time.
      await()
          .untilAsserted(
              () -> assertThat(proxy.get("/", cookie)).as("its server is gone").endsWith("two."));
      await()
          .untilAsserted(
              () -> {
                proxy.reload("", two.port());
                assertThat(proxy.proxy().traffic().activeRequests().keySet())
                    .as("and forgotten")
                    .singleElement()
                    .asString()
                    .endsWith(":" + two.port());
              });
    }
  }

  @Test
  void aTunnelOutlivesItsUpstream() throws IOException {
    try (Origin echo =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket, "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n.");
                  socket.getInputStream().transferTo(socket.getOutputStream());
                });
        NamedOrigin app = new NamedOrigin("app.");
        ProxyFixture proxy = new ProxyFixture(SECOND_UPSTREAM.formatted(echo.port()), app.port());
        Socket client = proxy.connect()) {
      write(
          client, "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      assertThat(readUntil(client, "\r\n\r\n.")).contains(" 101 ");
      proxy.reload("", app.port());
      write(client, "still there.");
      assertThat(readUntil(client, ".")).isEqualTo("still there.");
    }
  }

  @Test
  void listenersComeAndGoAndWhoIsConnectedStays() throws Exception {
    try (NamedOrigin app = new NamedOrigin("app.");
        ProxyFixture proxy = new ProxyFixture(app.port());
        Socket before = proxy.connect()) {
      assertThat(ask(before, "/")).endsWith("app.");
      proxy.reload(SECOND_LISTENER.formatted(0), app.port());
      int port = proxy.proxy().addresses().getLast().getPort();
      try (Socket more = connect(port)) {
        assertThat(ask(more, "/")).endsWith("app.");
        proxy.reload("", app.port());
        assertThat(ask(more, "/")).as("it was connected before").endsWith("app.");
        assertThat(ask(before, "/")).endsWith("app.");
        await()
            .untilAsserted(
                () ->
                    assertThatThrownBy(() -> connect(port).close())
                        .isInstanceOf(ConnectException.class));
      }
    }
  }

  @Test
  void anAddressThatIsTakenChangesNothing() throws Exception {
    try (NamedOrigin one = new NamedOrigin("one.");
        NamedOrigin two = new NamedOrigin("two.");
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ProxyFixture proxy = new ProxyFixture(one.port())) {
      assertThatThrownBy(
              () -> proxy.reload(SECOND_LISTENER.formatted(taken.getLocalPort()), two.port()))
          .hasRootCauseInstanceOf(BindException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort() + ": the address is in use");
      assertThat(proxy.get("/")).endsWith("one.");
      assertThat(proxy.proxy().addresses()).hasSize(1);
    }
  }

  private static String ask(Socket client, String target) throws IOException {
    write(client, "GET %s HTTP/1.1\r\nHost: app.example\r\n\r\n".formatted(target));
    readUntil(client, "\r\n\r\n");
    return new String(client.getInputStream().readNBytes(4), StandardCharsets.ISO_8859_1);
  }

  private static String cookie(String response) {
    int from = response.indexOf("limpet=");
    return "Cookie: " + response.substring(from, response.indexOf(';', from));
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    return socket;
  }
}
