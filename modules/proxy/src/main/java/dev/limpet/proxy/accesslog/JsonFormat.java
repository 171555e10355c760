package dev.limpet.proxy.accesslog;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.limpet.model.live.RequestRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One JSON object a line, with all fields in each; docs/operations.md says what they are. */
final class JsonFormat implements LineFormat {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final JsonFactory json =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private final String node;

  JsonFormat(String node) {
    this.node = node;
  }

  @Override
  public void write(RequestRecord line, ByteArrayOutputStream to) {
    try (JsonGenerator out = json.createGenerator(to, JsonEncoding.UTF8)) {
      out.writeStartObject();
      out.writeStringField("time", TIME.format(Instant.ofEpochMilli(line.epochMillis())));
      out.writeStringField("node", node);
      out.writeStringField("listener", line.listener());
      out.writeStringField("client", line.client());
      out.writeStringField("method", line.method());
      out.writeStringField("target", line.target());
      out.writeStringField("protocol", line.protocol());
      out.writeNumberField("status", line.status());
      out.writeNumberField("request_bytes", line.requestBytes());
      out.writeNumberField("response_bytes", line.responseBytes());
      out.writeStringField("referer", line.referer());
      out.writeStringField("user_agent", line.userAgent());
      out.writeStringField("host", line.host());
      RequestRecord.@Nullable Attempt last = line.lastAttempt();
      out.writeStringField("upstream", line.upstream().isEmpty() ? null : line.upstream());
      out.writeStringField("server", last == null ? null : last.server());
      out.writeNumberField("attempts", line.attempts().size());
      out.writeStringField("affinity", line.affinity());
      millis(out, "total_ms", line.totalNanos());
      millis(out, "queue_ms", line.queueNanos());
      millis(out, "connect_ms", last == null ? -1 : last.connectNanos());
      millis(out, "first_byte_ms", last == null ? -1 : last.firstByteNanos());
      out.writeStringField("failure", line.failure());
      out.writeStringField(
          "tunnel",
          line.tunnel() == RequestRecord.Tunnel.NONE
              ? null
              : line.tunnel().name().toLowerCase(Locale.ROOT));
      out.writeStringField("request_id", line.requestId().isEmpty() ? null : line.requestId());
      out.writeStringField("trace_id", line.trace() == null ? null : line.trace().traceId());
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    to.write('\n');
  }

  private static void millis(JsonGenerator out, String field, long nanos) throws IOException {
    @Nullable BigDecimal millis = nanos < 0 ? null : BigDecimal.valueOf(nanos / 1000, 3);
    out.writeFieldName(field);
    out.writeNumber(millis);
  }
}
