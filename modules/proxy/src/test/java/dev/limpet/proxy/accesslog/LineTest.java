package dev.limpet.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.live.RequestRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineTest {

  private static final RequestRecord ODD =
      new RequestRecord(
          1_700_000_000_123L,
          "id-1",
          new RequestRecord.Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "", ""),
          "http",
          "2001:db8::1",
          "GET",
          "/\n\r\t\u0000\u001b\"\\",
          "\u00e9",
          null,
          "",
          "HTTP/2.0",
          502,
          1,
          2,
          "/",
          "app",
          "kept",
          12_345_678,
          999,
          0,
          List.of(new RequestRecord.Attempt("app/1", "", 0, 1_000, -1, 2_000, 0, null)),
          null,
          RequestRecord.Tunnel.NONE);

  @Test
  void combinedEscapesEveryControlCharacter() {
    assertThat(written(new CombinedFormat()))
        .startsWith("2001:db8::1 - - [")
        .endsWith(
            "\"GET /\\x0A\\x0D\\x09\\x00\\x1B\\x22\\x5C HTTP/2.0\" 502 2 \"-\" \"-\" \"\\xC3\\xA9\""
                + " upstream=app server=app/1 attempts=1 affinity=kept total=12.345 connect=0.001"
                + " first_byte=- failure=- request_id=id-1\n");
  }

  @Test
  void jsonEscapesEveryControlCharacter() {
    assertThat(written(new JsonFormat("node-1")))
        .isEqualTo(
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"node\":\"node-1\",\"listener\":\"http\","
                + "\"client\":\"2001:db8::1\",\"method\":\"GET\","
                + "\"target\":\"/\\n\\r\\t\\u0000\\u001B\\\"\\\\\",\"protocol\":\"HTTP/2.0\","
                + "\"status\":502,\"request_bytes\":1,\"response_bytes\":2,\"referer\":null,"
                + "\"user_agent\":\"\",\"host\":\"\\u00E9\",\"upstream\":\"app\",\"server\":\"app/1\","
                + "\"attempts\":1,\"affinity\":\"kept\",\"total_ms\":12.345,\"queue_ms\":0.000,"
                + "\"connect_ms\":0.001,\"first_byte_ms\":null,\"failure\":null,\"tunnel\":null,"
                + "\"request_id\":\"id-1\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}\n");
  }

  private static String written(LineFormat format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    format.write(ODD, bytes);
    return bytes.toString(StandardCharsets.US_ASCII);
  }
}
