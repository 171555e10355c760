package dev.limpet.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.model.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineTest {

  private static final Line ODD =
      new Line(
          1_700_000_000_123L,
          "http",
          "2001:db8::1",
          "GET",
          "/\n\r\t\u0000\u001b\"\\",
          "HTTP/2.0",
          502,
          1,
          2,
          null,
          "",
          "\u00e9",
          "app",
          null,
          1,
          AffinityOutcome.KEPT,
          12_345_678,
          999,
          1_000,
          -1,
          null,
          Line.Tunnel.NONE);

  @Test
  void combinedEscapesEveryControlCharacter() {
    assertThat(written(new CombinedFormat()))
        .startsWith("2001:db8::1 - - [")
        .endsWith(
            "\"GET /\\x0A\\x0D\\x09\\x00\\x1B\\x22\\x5C HTTP/2.0\" 502 2 \"-\" \"-\" \"\\xC3\\xA9\""
                + " upstream=app server=- attempts=1 affinity=kept total=12.345 connect=0.001"
                + " first_byte=- failure=-\n");
  }

  @Test
  void jsonEscapesEveryControlCharacter() {
    assertThat(written(new JsonFormat("node-1")))
        .isEqualTo(
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"node\":\"node-1\",\"listener\":\"http\","
                + "\"client\":\"2001:db8::1\",\"method\":\"GET\","
                + "\"target\":\"/\\n\\r\\t\\u0000\\u001B\\\"\\\\\",\"protocol\":\"HTTP/2.0\","
                + "\"status\":502,\"request_bytes\":1,\"response_bytes\":2,\"referer\":null,"
                + "\"user_agent\":\"\",\"host\":\"\\u00E9\",\"upstream\":\"app\",\"server\":null,"
                + "\"attempts\":1,\"affinity\":\"kept\",\"total_ms\":12.345,\"queue_ms\":0.000,"
                + "\"connect_ms\":0.001,\"first_byte_ms\":null,\"failure\":null,\"tunnel\":null}\n");
  }

  @Test
  void aTunnelHasALineAtEachEnd(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("access.log");
    QueuedLog log =
        QueuedLog.start(
            new Settings.AccessLog(Optional.of(file), Settings.AccessLogFormat.JSON, 1), "node-1");
    Entry entry = log.begin("http", "127.0.0.1", HttpRequest.GET("/chat"));
    entry.replied(HttpResponse.create().withStatus(101));
    entry.tunnelEnded(10, 20);
    log.close();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .contains("\"request_bytes\":0,\"response_bytes\":0,")
        .contains("\"tunnel\":\"opened\"");
    assertThat(lines.get(1))
        .contains("\"request_bytes\":10,\"response_bytes\":20,")
        .contains("\"tunnel\":\"closed\"");
  }

  private static String written(LineFormat format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    format.write(ODD, bytes);
    return bytes.toString(StandardCharsets.US_ASCII);
  }
}
