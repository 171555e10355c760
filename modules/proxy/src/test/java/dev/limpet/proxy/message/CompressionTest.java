package dev.limpet.proxy.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {

  private static final String ON =
      """
      limpet.hosts = [{ names = [ app.example ]
        compression { enabled = on, types = [ "text/*", "application/json" ] }
        routes = [
          { path = "/plain", upstream = app, compression = off }
          { path = "/", upstream = app }
        ] }]
      """;

  private static final String PAGE = "<li>one of many lines that look alike</li>\n".repeat(100);

  @ParameterizedTest
  @CsvSource({"gzip", "br", "zstd"})
  void aPageIsCompressedAsItsClientWantsIt(String encoding) throws IOException {
    try (Origin origin = Origin.answering(page("ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n"));
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      String response = proxy.get("/", "Accept-Encoding: " + encoding);
      assertThat(head(response))
          .contains("Content-Encoding: " + encoding)
          .contains("Vary: Accept-Encoding")
          .contains("ETag: W/\"v1\"")
          .doesNotContain("Accept-Ranges");
      assertThat(body(response).length()).isLessThan(PAGE.length() / 10);
      assertThat(decoded(encoding, body(response))).isEqualTo(PAGE);
    }
  }

  @Test
  void whoDoesNotAskForItGetsTheServersBytesAndCachesAreTold() {
    try (Origin origin = Origin.answering(page("ETag: \"v1\"\r\nVary: Cookie\r\n"));
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      for (String accepts : new String[] {"X-None: 1", "Accept-Encoding: gzip;q=0"}) {
        String response = proxy.get("/", accepts);
        assertThat(head(response))
            .contains("Vary: Cookie")
            .contains("Vary: Accept-Encoding")
            .contains("ETag: \"v1\"")
            .contains("Content-Length: " + PAGE.length())
            .doesNotContain("Content-Encoding");
        assertThat(body(response)).isEqualTo(PAGE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Encoding: gzip",
        "Content-Range: bytes 0-99/1000",
        "Cache-Control: max-age=1, No-Transform",
        "Content-Type: image/png",
        "Repr-Digest: sha-256=:AAAA:",
      })
  void whatIsCompressedOrSaysNoGoesOutAsItCame(String line) {
    String type = line.startsWith("Content-Type") ? "" : "Content-Type: text/html\r\n";
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\n"
                    + type
                    + line
                    + "\r\nContent-Length: "
                    + PAGE.length()
                    + "\r\n\r\n"
                    + PAGE);
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      String response = proxy.get("/", "Accept-Encoding: gzip");
      assertThat(body(response)).isEqualTo(PAGE);
      assertThat(head(response)).contains(line).doesNotContain("Vary");
    }
  }

  @Test
  void norIsWhatTheClientOrTheSettingsForbid() {
    try (Origin origin = Origin.answering(page(""));
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      assertThat(body(proxy.get("/", "Accept-Encoding: gzip", "Cache-Control: no-transform")))
          .isEqualTo(PAGE);
      assertThat(head(proxy.get("/plain", "Accept-Encoding: gzip"))).doesNotContain("Vary");
      assertThat(
              body(
                  proxy.exchange(
                      "GET / HTTP/1.0\r\nHost: app.example\r\nAccept-Encoding: gzip\r\n\r\n")))
          .isEqualTo(PAGE);
    }
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nshort");
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      assertThat(body(proxy.get("/", "Accept-Encoding: gzip"))).isEqualTo("short");
    }
  }

  @Test
  void theHeadAloneIsTheServers() {
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
                    + PAGE.length()
                    + "\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      assertThat(
              proxy.exchange(
                  "HEAD / HTTP/1.1\r\nHost: app.example\r\nAccept-Encoding: gzip\r\n"
                      + "Connection: close\r\n\r\n"))
          .contains("Content-Length: " + PAGE.length())
          .contains("Vary: Accept-Encoding")
          .endsWith("\r\n\r\n");
    }
  }

  /** Each event is there before the next one is sent, and trailers come behind the last. */
  @Test
  void aStreamIsCompressedAsItComes() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                          + "Transfer-Encoding: chunked\r\nTrailer: X-Last\r\n\r\n"
                          + "9\r\ndata: 1\n\n\r\n");
                  first.await();
                  self.write(socket, "9\r\ndata: 2\n\n\r\n0\r\nX-Last: yes\r\n\r\n");
                });
        ProxyFixture proxy = new ProxyFixture(ON, origin.port());
        Socket client = proxy.connect()) {
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: app.example\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
                  .getBytes(US_ASCII));
      InputStream in = client.getInputStream();
      String response = "";
      while (!response.contains("\r\n\r\n") || response.endsWith("\r\n\r\n")) {
        response += (char) in.read();
      }
      // The first chunk is on its way though the server has said no more.
      first.countDown();
      response += new String(in.readAllBytes(), ISO_8859_1);
      assertThat(head(response)).contains("Content-Encoding: gzip");
      assertThat(decoded("gzip", unchunked(body(response)))).isEqualTo("data: 1\n\ndata: 2\n\n");
      assertThat(response).endsWith("0\r\nX-Last: yes\r\n\r\n");
    }
  }

  @Test
  void aLongBodyThatIsCutIsCutForTheClientToo() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n"
                          + PAGE.repeat(10));
                });
        ProxyFixture proxy = new ProxyFixture(ON, origin.port())) {
      String response = proxy.get("/", "Accept-Encoding: gzip");
      assertThat(head(response)).contains("Content-Encoding: gzip");
      assertThat(response).as("no end that says that this is all").doesNotEndWith("0\r\n\r\n");
    }
  }

  private static String page(String lines) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        + lines
        + "Content-Length: "
        + PAGE.length()
        + "\r\n\r\n"
        + PAGE;
  }

  private static String head(String response) {
    return response.substring(0, response.indexOf("\r\n\r\n") + 2);
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  private static String unchunked(String body) {
    StringBuilder whole = new StringBuilder();
    int at = 0;
    while (true) {
      int line = body.indexOf("\r\n", at);
      int length = Integer.parseInt(body.substring(at, line), 16);
      if (length == 0) {
        return whole.toString();
      }
      whole.append(body, line + 2, line + 2 + length);
      at = line + 2 + length + 2;
    }
  }

  private static String decoded(String encoding, String body) throws IOException {
    InputStream in = new ByteArrayInputStream(body.getBytes(ISO_8859_1));
    try (InputStream decoder =
        switch (encoding) {
          case "gzip" -> new GZIPInputStream(in);
          case "br" -> new BrotliInputStream(in);
          default -> new ZstdInputStream(in);
        }) {
      return new String(decoder.readAllBytes(), UTF_8);
    }
  }
}
