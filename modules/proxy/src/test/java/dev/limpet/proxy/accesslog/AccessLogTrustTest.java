package dev.limpet.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom the lines believe: no client can make one say what is not so. */
class AccessLogTrustTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"combined", "json"})
  void aClientCannotForgeALine(String format) {
    String evil = "x\" 200 5 \"-\\n\\\"},{\"a\":\"\u0085\u2028\u009f end";
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = fixture("format = " + format, origin.port())) {
      // The socket takes one byte a char.
      String bytes = new String(evil.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      assertThat(proxy.get("/?\"x\\", "User-Agent: " + bytes, "Referer: " + bytes))
          .startsWith("HTTP/1.1 200 ");
      String line = LogLines.await(file(), 1).getFirst();
      assertThat(LogLines.of(file())).hasSize(1);
      if (format.equals("json")) {
        assertThat(line).matches("[ -\u007f]+");
        assertThat(LogLines.parse(line))
            .containsEntry("target", "/?\"x\\")
            .containsEntry("user_agent", evil);
      } else {
        assertThat(line)
            .matches("[ -~]+")
            .contains("\"GET /?\\x22x\\x5C HTTP/1.1\" 200 5 \"x\\x22 200 5 \\x22-\\x5Cn")
            .contains("\\xC2\\x85\\xE2\\x80\\xA8\\xC2\\x9F end");
        assertThat(line.chars().filter(c -> c == '"')).hasSize(8);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.9, 192.0.2.9",
    "'198.51.100.1, 192.0.2.9', 192.0.2.9",
    "'192.0.2.9, 10.1.1.1,, 10.2.2.2 ', 192.0.2.9",
    "'192.0.2.9:1234, 10.1.1.1:80', 192.0.2.9",
    "'[2001:db8:0:0::9]:443', 2001:db8::9",
    "2001:DB8::9, 2001:db8::9",
    "::ffff:192.0.2.9, 192.0.2.9",
    "'192.0.2.9, 10.1.1.1, unknown', 127.0.0.1",
    "'192.0.2.9, \"garbage\", 10.1.1.1', 10.1.1.1",
    "'192.0.2.9, 999.1.1.1', 127.0.0.1",
    "'192.0.2.9, 10.1', 127.0.0.1",
    "'192.0.2.9, [::1', 127.0.0.1",
    "'192.0.2.9, fe80::1%eth0', 127.0.0.1",
    "'192.0.2.9, 10.1.1.1:x', 127.0.0.1",
    "'10.1.1.1, 10.2.2.2', 10.1.1.1",
    "'', 127.0.0.1",
  })
  void theClientIsTheLastThatIsNoTrustedProxy(String forwardedFor, String client) {
    String trusted = "test.listener.trusted-proxies = [ \"127.0.0.1\", \"10.0.0.0/8\" ]\n";
    try (ProxyFixture proxy =
        new ProxyFixture(trusted + LogLines.settings(file(), "format = json"), 1)) {
      proxy.get("/old", "X-Forwarded-For: " + forwardedFor);
      assertThat(LogLines.json(file(), 1)).containsEntry("client", client);
    }
  }

  @Test
  void nobodyIsBelievedWhoIsNotTrusted() {
    try (ProxyFixture proxy = fixture("format = json", 1)) {
      proxy.get("/old", "X-Forwarded-For: 192.0.2.9");
      assertThat(LogLines.json(file(), 1)).containsEntry("client", "127.0.0.1");
    }
  }

  private ProxyFixture fixture(String log, int... ports) {
    return new ProxyFixture(LogLines.settings(file(), log), ports);
  }

  private Path file() {
    return directory.resolve("access.log");
  }
}
