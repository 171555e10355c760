package dev.limpet.proxy.tracing;

import org.jspecify.annotations.Nullable;

/**
 * A {@code traceparent} (W3C Trace Context, level 1, section 3.2).
 *
 * @param traceId 32 hexadecimal digits
 * @param parentId 16, of the span that a request is part of
 * @param sampled whether the trace is recorded
 */
record TraceParent(String traceId, String parentId, boolean sampled) {

  /** As version 00 has it, and where what later versions add begins. */
  private static final int LENGTH = 55;

  private static final String RESERVED_VERSION = "ff";

  /**
   * Reads a header line; null where it is none by the standard.
   *
   * @param line as it was sent, blanks around it included
   */
  static @Nullable TraceParent parse(String line) {
    String text = line.strip();
    if (!hasForm(text)) {
      return null;
    }
    String version = text.substring(0, 2);
    boolean isLonger = text.length() > LENGTH;
    if (version.equals(RESERVED_VERSION) || (isLonger && version.equals("00"))) {
      return null;
    }
    boolean sampled = (Character.digit(text.charAt(54), 16) & 1) != 0;
    return new TraceParent(text.substring(3, 35), text.substring(36, 52), sampled);
  }

  private static boolean hasForm(String text) {
    return text.length() >= LENGTH
        && (text.length() == LENGTH || text.charAt(LENGTH) == '-')
        && text.charAt(2) == '-'
        && text.charAt(35) == '-'
        && text.charAt(52) == '-'
        && isHex(text, 0, 2)
        && isHex(text, 3, 35)
        && isHex(text, 36, 52)
        && isHex(text, 53, LENGTH)
        && !isZero(text, 3, 35)
        && !isZero(text, 36, 52);
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) != '0') {
        return false;
      }
    }
    return true;
  }

  /** As it goes on: in version 00, with the one flag that it has. */
  String written() {
    return "00-" + traceId + '-' + parentId + (sampled ? "-01" : "-00");
  }
}
