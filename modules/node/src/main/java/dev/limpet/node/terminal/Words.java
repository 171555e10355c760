package dev.limpet.node.terminal;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Texts and times as people read them. */
public final class Words {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss zzz", Locale.ROOT);

  private Words() {}

  /** Reads a length of time, such as {@code 30s} or {@code 10m}. */
  public static final class Time implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
      try {
        if (!text.matches("[0-9]+")) {
          return ConfigValueFactory.fromAnyRef(text).atKey("time").getDuration("time");
        }
      } catch (ConfigException e) {
        // As below.
      }
      throw new TypeConversionException("\"" + text + "\" is no time such as 30s or 10m");
    }
  }

  /** A segment of a path, or a value of a query. */
  public static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Without what would move a terminal's cursor, hide text or turn it round: others wrote it. */
  public static String plain(String text) {
    StringBuilder plain = new StringBuilder();
    text.codePoints().map(c -> isVisible(c) ? c : '?').forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }

  /** Local time, with its zone. */
  public static String at(long millis) {
    return TIME.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
  }

  /** How long before now that is, in its largest unit; clocks differ, so it may be ahead. */
  public static String ago(long millis, long now) {
    long seconds = Math.max(0, (now - millis) / 1000);
    return seconds == 0 ? "now" : of(Duration.ofSeconds(seconds)) + " ago";
  }

  /** In its largest unit, such as {@code 3 min}. */
  public static String of(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
  }
}
