package dev.limpet.content.coding;

import dev.limpet.model.settings.route.Compression.Encoding;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The codings that a client takes, as its Accept-Encoding says (RFC 9110, 12.5.3). */
public final class AcceptEncoding {

  private static final double UNSAID = -1;

  private AcceptEncoding() {}

  /**
   * Chooses what the client likes best; among equals the first of ours.
   *
   * @param lines of the header, in order
   * @param ours those that may be used
   * @return null where it wants none of them, or rather the body as it is
   */
  public static @Nullable Encoding choose(List<String> lines, List<Encoding> ours) {
    if (lines.isEmpty()) {
      return null;
    }
    Encoding best = null;
    double bestWeight = Math.max(0, weight(lines, "identity", false));
    for (Encoding encoding : ours) {
      double weight = weight(lines, encoding.name().toLowerCase(Locale.ROOT), true);
      if (weight > 0 && (best == null ? weight >= bestWeight : weight > bestWeight)) {
        best = encoding;
        bestWeight = weight;
      }
    }
    return best;
  }

  /**
   * @param byStar whether {@code *} stands for it where it is not named
   */
  private static double weight(List<String> lines, String coding, boolean byStar) {
    double star = UNSAID;
    for (String line : lines) {
      for (String element : line.split(",", -1)) {
        int semicolon = element.indexOf(';');
        String name = (semicolon < 0 ? element : element.substring(0, semicolon)).strip();
        boolean named =
            name.equalsIgnoreCase(coding)
                || (coding.equals("gzip") && name.equalsIgnoreCase("x-gzip"));
        if (named) {
          return weight(element, semicolon);
        }
        if (name.equals("*")) {
          star = weight(element, semicolon);
        }
      }
    }
    return byStar ? star : UNSAID;
  }

  /** What is no weight counts as 0: the client gets what everybody can read. */
  private static double weight(String element, int semicolon) {
    if (semicolon < 0) {
      return 1;
    }
    String parameter = element.substring(semicolon + 1).strip();
    if (!parameter.regionMatches(true, 0, "q=", 0, 2)) {
      return 0;
    }
    String number = parameter.substring(2).strip();
    // RFC 9110, 12.4.2: up to three digits behind the point, not above 1.
    boolean valid = number.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?");
    return valid ? Double.parseDouble(number) : 0;
  }
}
