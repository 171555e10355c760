package dev.limpet.settings.hocon;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Hints for those who write sizes and durations as other programs want them. */
final class UnitHints {

  /** HOCON takes some of them for powers of 1000, and who is used to nginx means 1024. */
  private static final Pattern BYTES =
      Pattern.compile(
          "(?i)(?<number>[0-9]+(\\.[0-9]+)?)\\s*(?<unit>[kmgt])i?(b|(ilo|ega|iga|era)bytes?)");

  private static final Pattern KIBI = Pattern.compile(".*[KMGT]iB");
  private static final Pattern TIME = Pattern.compile("(?<number>[0-9]+)\\s*(?<unit>[A-Za-z]+)");
  private static final Pattern TIMES = Pattern.compile("([0-9]+\\s*[A-Za-z]+\\s*){2,}");

  private static final Map<String, String> TIME_UNITS =
      Map.ofEntries(
          Map.entry("ms", "ms"),
          Map.entry("msec", "ms"),
          Map.entry("msecs", "ms"),
          Map.entry("s", "s"),
          Map.entry("sec", "s"),
          Map.entry("secs", "s"),
          Map.entry("second", "s"),
          Map.entry("seconds", "s"),
          Map.entry("m", "m"),
          Map.entry("min", "m"),
          Map.entry("mins", "m"),
          Map.entry("minute", "m"),
          Map.entry("minutes", "m"),
          Map.entry("h", "h"),
          Map.entry("hr", "h"),
          Map.entry("hrs", "h"),
          Map.entry("hour", "h"),
          Map.entry("hours", "h"),
          Map.entry("d", "d"),
          Map.entry("day", "d"),
          Map.entry("days", "d"));

  private UnitHints() {}

  /** The size to write for one whose unit is another program's; empty if it is none. */
  static Optional<String> size(String text) {
    Matcher bytes = BYTES.matcher(text);
    return bytes.matches() && !KIBI.matcher(text).matches()
        ? Optional.of(bytes.group("number") + bytes.group("unit"))
        : Optional.empty();
  }

  /** A hint about a duration that is none here, for the end of a message; may be empty. */
  static String duration(String text) {
    if (TIMES.matcher(text).matches()) {
      return "; write it in one unit, such as 90m for an hour and a half";
    }
    Matcher time = TIME.matcher(text);
    String number = time.matches() ? time.group("number") : "";
    String unit = time.matches() ? time.group("unit").toLowerCase(Locale.ROOT) : "";
    return switch (unit) {
      case "" -> "";
      case "w", "week", "weeks" -> didYouMean(number, 7);
      case "y", "year", "years" -> didYouMean(number, 365);
      default -> {
        String known = TIME_UNITS.get(unit);
        yield known == null ? "" : "; did you mean " + number + known + "?";
      }
    };
  }

  private static String didYouMean(String number, int days) {
    // As many digits as fit: what does not is no duration either.
    return number.length() > 6 ? "" : "; did you mean " + Long.parseLong(number) * days + "d?";
  }
}
