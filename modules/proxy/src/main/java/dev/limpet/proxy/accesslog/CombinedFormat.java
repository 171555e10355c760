package dev.limpet.proxy.accesslog;

import dev.limpet.model.live.RequestRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The combined format of Apache and nginx with ours behind. As in nginx, quotes, backslashes and
 * all but printable ASCII are written {@code \xHH}. For one thread.
 */
final class CombinedFormat implements LineFormat {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss xx", Locale.US);

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final ZoneId zone = ZoneId.systemDefault();
  private final StringBuilder text = new StringBuilder(512);
  private long second = Long.MIN_VALUE;
  private String time = "";

  @Override
  public void write(RequestRecord line, ByteArrayOutputStream to) {
    text.setLength(0);
    escaped(line.client()).append(" - - [").append(time(line.epochMillis())).append("] \"");
    escaped(line.method()).append(' ');
    escaped(line.target()).append(' ').append(line.protocol()).append("\" ");
    text.append(line.status()).append(' ').append(line.responseBytes());
    quoted(line.referer());
    quoted(line.userAgent());
    quoted(line.host());
    text.append(" upstream=");
    escaped(line.upstream()).append(" server=");
    RequestRecord.@Nullable Attempt last = line.lastAttempt();
    escaped(last == null ? null : last.server()).append(" attempts=");
    text.append(line.attempts().size()).append(" affinity=").append(line.affinity());
    millis(" total=", line.totalNanos());
    millis(" connect=", last == null ? -1 : last.connectNanos());
    millis(" first_byte=", last == null ? -1 : last.firstByteNanos());
    text.append(" failure=").append(line.failure() == null ? "-" : line.failure());
    if (line.tunnel() != RequestRecord.Tunnel.NONE) {
      text.append(" tunnel=").append(line.tunnel().name().toLowerCase(Locale.ROOT));
    }
    if (!line.requestId().isEmpty()) {
      text.append(" request_id=");
      escaped(line.requestId());
    }
    text.append('\n');
    to.writeBytes(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  private String time(long epochMillis) {
    long at = Math.floorDiv(epochMillis, 1000L);
    if (at != second) {
      second = at;
      time = TIME.format(Instant.ofEpochSecond(at).atZone(zone));
    }
    return time;
  }

  private void quoted(@Nullable String value) {
    text.append(" \"");
    escaped(value).append('"');
  }

  private StringBuilder escaped(@Nullable String value) {
    if (value == null || value.isEmpty()) {
      return text.append('-');
    }
    for (int i = 0; i < value.length(); i++) {
      if (!isPlain(value.charAt(i))) {
        return escapedBytes(value);
      }
    }
    return text.append(value);
  }

  private StringBuilder escapedBytes(String value) {
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (isPlain(c)) {
        text.append(c);
      } else {
        HEX.toHexDigits(text.append("\\x"), b);
      }
    }
    return text;
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
  }

  /** In milliseconds, to the microsecond. */
  private void millis(String key, long nanos) {
    text.append(key);
    if (nanos < 0) {
      text.append('-');
      return;
    }
    long micros = nanos / 1000;
    long fraction = micros % 1000;
    text.append(micros / 1000).append('.');
    text.append((char) ('0' + fraction / 100));
    text.append((char) ('0' + fraction / 10 % 10));
    text.append((char) ('0' + fraction % 10));
  }
}
