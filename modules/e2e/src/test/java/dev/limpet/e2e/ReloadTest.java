package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.Browser;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.KeepAliveClients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes whose settings file changes again and again, while clients work. */
class ReloadTest {

  /** {@code -Dlimpet.reloads=200} for a minute and more. */
  private static final int RELOADS = Integer.getInteger("limpet.reloads", 10);

  private static final List<String> REQUESTS =
      List.of(
          "GET /whoami HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /slow?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n"
              + "x".repeat(50_000));

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> BACKENDS = new ArrayList<>();
  private static List<LimpetNode> nodes = List.of();

  @BeforeAll
  static void start() {
    for (int i = 1; i <= 3; i++) {
      BACKENDS.add(new ChatBackend("backend-" + i, directory));
    }
    nodes = LimpetNode.cluster(2, directory, BACKENDS.subList(0, 2));
  }

  @AfterAll
  static void stop() {
    nodes.forEach(LimpetNode::close);
    BACKENDS.forEach(ChatBackend::close);
  }

  @Test
  void reloadsUnderLoadCostNobodyAnything() throws IOException {
    Map<Browser, String> homes = new HashMap<>();
    Tunnels tunnels = new Tunnels();
    for (int i = 0; i < 12; i++) {
      Browser browser = new Browser();
      homes.put(browser, browser.whoAmI(nodes.get(i % 2)).backend());
      tunnels.open(nodes.get(i % 2));
    }
    tunnels.join();
    try (KeepAliveClients clients =
        new KeepAliveClients(8, nodes.stream().map(LimpetNode::port).toList(), REQUESTS)) {
      for (int i = 0; i < RELOADS; i++) {
        long before = clients.answered();
        LimpetNode node = nodes.get(i % 2);
        rewrite(node, i);
        String line = "changes: ";
        int reloads = count(node, line);
        node.process().signal("HUP");
        await().until(() -> count(node, line) > reloads);
        await().until(() -> clients.answered() > before + 50);
        homes.forEach(
            (browser, home) -> assertThat(browser.whoAmI(node).backend()).isEqualTo(home));
        assertThat(clients.failures()).as("after reload %s", i + 1).isEmpty();
        assertThat(tunnels.closed).as("after reload %s", i + 1).isEmpty();
      }
    }
    assertThat(tunnels.echoes()).isEqualTo(12);
  }

  @Test
  void aFileWithMistakesChangesNothingAndSaysWhy() throws IOException {
    LimpetNode node = nodes.getFirst();
    Path file = directory.resolve(node.name() + ".conf");
    String good = Files.readString(file);
    try {
      Files.writeString(file, good.replace("interval", "intervall"));
      node.process().signal("HUP");
      await()
          .until(
              () ->
                  node.process().output().contains("nothing has changed")
                      && node.process().output().contains("health.intervall: unknown key"));
      assertThat(LimpetNode.get(node.url("/whoami")).statusCode()).isEqualTo(200);
    } finally {
      Files.writeString(file, good);
    }
  }

  @Test
  void aServerThatAnotherNodeKeepsIsSaidToStay() throws IOException {
    LimpetNode node = nodes.getFirst();
    Path file = directory.resolve(node.name() + ".conf");
    String good = Files.readString(file);
    String server = "127.0.0.1:" + BACKENDS.get(1).port();
    try {
      Files.writeString(file, good.replace(", { address = \"" + server + "\" }", ""));
      assertThat(node.admin("/api/v1/reload").body())
          .contains(
              "upstreams.nodejs.servers[nodejs/" + server + "]: removed",
              "server nodejs/" + server + " stays in use, for it is in the settings of node-2");
    } finally {
      Files.writeString(file, good);
    }
  }

  /** A third server comes and goes, and a route, a listener and a time limit change. */
  private static void rewrite(LimpetNode node, int round) throws IOException {
    Path file = directory.resolve(node.name() + ".conf");
    String settings = Files.readString(file);
    String third = ", { address = \"127.0.0.1:" + BACKENDS.get(2).port() + "\" } ]";
    settings =
        settings.contains(third)
            ? settings.replace(third, " ]")
            : settings.replaceFirst(" }\\s*]\\n(\\s*health)", " }" + third + "\n$1");
    settings = settings.replaceAll("\n# round.*\n[^\n]*\n", "\n");
    int end = settings.lastIndexOf('}');
    settings =
        settings.substring(0, end)
            + "\n# round %d\nupstreams.nodejs.timeouts.idle = %ds\n".formatted(round, 20 + round)
            + settings.substring(end);
    Files.writeString(file, settings);
  }

  private static int count(LimpetNode node, String text) {
    return node.process().output().split(text, -1).length - 1;
  }

  /** Socket.IO clients that speak WebSocket from the beginning. */
  private static final class Tunnels implements WebSocket.Listener {

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<WebSocket> open = new ArrayList<>();
    private final Map<WebSocket, String> closed = new ConcurrentHashMap<>();
    private final AtomicInteger joined = new AtomicInteger();
    private final AtomicInteger pongs = new AtomicInteger();

    void open(LimpetNode node) {
      URI uri =
          URI.create(node.url("/socket.io/?EIO=4&transport=websocket").replace("http://", "ws://"));
      open.add(http.newWebSocketBuilder().buildAsync(uri, this).join());
    }

    /** Socket.IO closes a connection on which nobody has joined for 45 s. */
    void join() {
      open.forEach(socket -> socket.sendText("40", true).join());
      await().until(() -> joined.get() == open.size());
    }

    /** How many of them still work: the servers answer pings. */
    int echoes() {
      open.forEach(socket -> socket.sendPing(ByteBuffer.allocate(0)).join());
      await().until(() -> pongs.get() == open.size());
      return pongs.get();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      String text = data.toString();
      if (text.equals("2")) {
        socket.sendText("3", true);
      } else if (text.startsWith("40")) {
        joined.incrementAndGet();
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      pongs.incrementAndGet();
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closed.put(socket, status + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
      closed.put(socket, String.valueOf(failure));
    }
  }
}
