package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as callers write them. */
final class Times {

  private static final Pattern AGO = Pattern.compile("([0-9]{1,6})(s|m|h|d)");

  private Times() {}

  /**
   * Reads a time.
   *
   * @param now in milliseconds since 1970, as is the answer
   * @throws Problem where it is none
   */
  static long read(String parameter, String text, long now) {
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      Duration length =
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          };
      return now - length.toMillis();
    }
    try {
      Instant time =
          text.length() == 10
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant();
      return time.toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          ("%s is a time such as 2026-11-28T04:00:00Z (a + in it is written %%2B), a date, or how long"
                  + " ago: 90m, 2h, 7d; not \"%s\"")
              .formatted(parameter, text));
    }
  }
}
