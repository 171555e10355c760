package dev.limpet.proxy.exactness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Hundreds of responses with bytes behind their end, or that are cut, late or malformed. Whatever
 * they do to the client that asked for them, the next ones get their own answers, or a 502 of
 * Limpet's.
 */
class NextClientTest {

  private static final String OWN = "the victim's own";
  private static final int VICTIMS = 3;

  /** Bytes that would be another client's response, or the beginning of one. */
  private static final List<String> SURPLUS =
      List.of(
          "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nSet-Cookie: sid=attacker\r\nX-Eat: ",
          "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nevil",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 103 Early Hints\r\nLink: </evil>; rel=preload\r\nX-Eat: ",
          "HTTP/1.1 103 Early Hints\r\nLink: </evil>; rel=preload\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n\r\n",
          "H",
          "ok",
          "\r\n",
          "\r",
          "\n",
          " ",
          "\0",
          "0\r\n\r\n",
          "5\r\nevil!\r\n0\r\n\r\n",
          "x".repeat(40_000),
          "x".repeat(40_000) + "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nX-Eat: ");

  /** Responses that are complete, and what asked for them. */
  private static final List<Sent> WHOLE =
      List.of(
          new Sent("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 110\r\n\r\n"),
          new Sent("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
          new Sent("HEAD", "HTTP/1.1 200 OK\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 110\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 110\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + "y".repeat(40_000)),
          new Sent(
              "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
          new Sent(
              "GET",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n"),
          new Sent(
              "GET",
              "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("UPGRADE", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent(
              "UPGRADE", "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("UPGRADE", "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"));

  /** Responses that are none, or never end. */
  private static final List<Sent> BROKEN =
      List.of(
          new Sent("GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi"),
          new Sent(
              "GET",
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 1000 OK\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\n: empty\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nhi"),
          new Sent("GET", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ncut"),
          new Sent("GET", "HTTP/1.1 103 Early Hints\r\nX-Eat: "),
          new Sent("GET", "rubbish\r\n\r\n"));

  /** When the rest comes. */
  private enum When {
    /** In the same write as the response. */
    TOGETHER,
    /** When the client has its response, and before the next one asks. */
    WHILE_IDLE
  }

  private record Sent(String method, String response) {}

  /**
   * @param answered the client has its response
   * @param written all of it is out
   */
  private record Case(
      Sent sent, String surplus, When when, CountDownLatch answered, CountDownLatch written) {

    Case(Sent sent, String surplus, When when) {
      this(sent, surplus, when, new CountDownLatch(1), new CountDownLatch(1));
    }

    String name() {
      return sent.method()
          + " "
          + (sent.response() + "|" + surplus)
              .replace("\r", "\\r")
              .replace("\n", "\\n")
              .replaceAll("(.)\\1{99,}", "$1…")
          + " "
          + when;
    }
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Sent sent : WHOLE) {
      for (String surplus : SURPLUS) {
        cases.add(new Case(sent, surplus, When.TOGETHER));
        cases.add(new Case(sent, surplus, When.WHILE_IDLE));
      }
    }
    for (Sent sent : BROKEN) {
      for (String surplus : List.of("", SURPLUS.getFirst(), SURPLUS.get(1))) {
        cases.add(new Case(sent, surplus, When.TOGETHER));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @CsvSource({"1, HTTP_1", "2, HTTP_1", "1, HTTP_2", "2, HTTP_2"})
  void theNextClientGetsItsOwnAnswer(int loops, String victims) throws Exception {
    List<Case> cases = cases();
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  // Or the second write would wait until the next client's request acknowledges the
                  // first.
                  socket.setTcpNoDelay(true);
                  for (String request = self.readRequest(socket);
                      !request.isEmpty();
                      request = self.readRequest(socket)) {
                    String target = request.split(" ", 3)[1];
                    if (!target.startsWith("/attack/")) {
                      self.write(
                          socket,
                          "HTTP/1.1 200 OK\r\nX-For: "
                              + target
                              + "\r\nContent-Length: 16\r\n\r\n"
                              + OWN);
                      continue;
                    }
                    Case attack = cases.get(Integer.parseInt(target.substring(8)));
                    attack(self, socket, attack);
                    attack.written().countDown();
                  }
                });
        ProxyFixture proxy =
            new ProxyFixture(
                """
                limpet.node.event-loops = %d
                limpet.upstreams.app {
                  affinity.by = []
                  retries.budget = 100%%
                  timeouts { first-byte = 2s, idle = 2s }
                }
                """
                    .formatted(loops),
                origin.port())) {
      for (int i = 0; i < cases.size(); i++) {
        try (Socket attacker = proxy.connect()) {
          attacker.getOutputStream().write(request(cases.get(i).sent().method(), i));
          readHead(attacker);
          cases.get(i).answered().countDown();
          assertThat(cases.get(i).written().await(60, TimeUnit.SECONDS)).isTrue();
          for (int victim = 0; victim < VICTIMS; victim++) {
            String target = "/victim/" + i + "/" + victim;
            String got =
                victims.equals("HTTP_1") ? overHttp1(proxy, target) : overHttp2(proxy, target);
            if (got.equals("502")) {
              refused++;
            } else if (!got.equals("200 " + target + " " + OWN)) {
              wrong.add(cases.get(i).name() + "\n  got " + got);
            }
          }
        }
      }
    }
    assertThat(cases).hasSizeGreaterThan(700);
    assertThat(wrong).as("victims of " + cases.size() + " attacks").isEmpty();
    assertThat(refused).as("GETs that might have been repeated").isZero();
  }

  private static void attack(Origin self, Socket socket, Case attack) throws IOException {
    if (attack.when() == When.TOGETHER) {
      self.write(socket, attack.sent().response() + attack.surplus());
      return;
    }
    self.write(socket, attack.sent().response());
    try {
      attack.answered().await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      self.write(socket, attack.surplus());
    } catch (IOException closed) {
      // Which is one way to be safe.
    }
  }

  private static byte[] request(String method, int index) {
    String text =
        switch (method) {
          case "UPGRADE" ->
              "GET /attack/%d HTTP/1.1\r\nHost: app.example\r\n"
                  + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n";
          case "POST" ->
              "POST /attack/%d HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\n\r\nhi";
          default -> method + " /attack/%d HTTP/1.1\r\nHost: app.example\r\n\r\n";
        };
    return text.formatted(index).getBytes(ISO_8859_1);
  }

  /** Until there is a head that is not an interim response's, or the end. */
  private static void readHead(Socket socket) throws IOException {
    String head;
    do {
      StringBuilder read = new StringBuilder();
      while (read.indexOf("\r\n\r\n") < 0) {
        int c = socket.getInputStream().read();
        if (c < 0) {
          return;
        }
        read.append((char) c);
      }
      head = read.toString();
    } while (head.startsWith("HTTP/1.1 1"));
  }

  private static String overHttp1(ProxyFixture proxy, String target) {
    String response;
    try {
      response = proxy.get(target);
    } catch (UncheckedIOException e) {
      return String.valueOf(e.getMessage());
    }
    if (response.startsWith("HTTP/1.1 502 ")) {
      return "502";
    }
    boolean own =
        response.startsWith("HTTP/1.1 200 OK\r\nX-For: " + target + "\r\nDate: ")
            && response.endsWith("\r\n\r\n" + OWN);
    return own ? "200 " + target + " " + OWN : response;
  }

  private static String overHttp2(ProxyFixture proxy, String target) throws IOException {
    try (Http2Client client = new Http2Client(proxy)) {
      Http2Client.Response response = client.response(client.get(target));
      return response.status().equals("502")
          ? "502"
          : response.status() + " " + response.header("x-for") + " " + response.text();
    }
  }
}
