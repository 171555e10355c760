package dev.limpet.http.message;

import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.headers.RawHeader;
import dev.limpet.model.net.Token;
import java.nio.charset.StandardCharsets;

/**
 * The grammar of header lines, without the lenience that makes one recipient read a message in
 * another way than the next: a line ends with CRLF, a name is a token right before its colon, a
 * value has no control characters and is not continued on the next line (RFC 9112, 2.2 and 5).
 */
public final class HeaderLine {

  /** The line is not complete yet. */
  public static final int MORE = -1;

  /** The most bytes that a name may have. */
  public static final int MAX_NAME = 256;

  private static final char DELETE = 0x7f;

  private final int maxValue;
  private RawHeader header = new RawHeader("", "");

  public HeaderLine(int maxValue) {
    this.maxValue = maxValue;
  }

  /** The line that {@link #parse} has read. */
  public RawHeader header() {
    return header;
  }

  /**
   * Reads a line that is not the empty one.
   *
   * @return where the next line begins, or {@link #MORE}
   * @throws Refused unless it is well-formed and within the limits
   */
  public int parse(byte[] bytes, int from, int end) {
    int colon = from;
    while (colon < end && Token.isTokenChar(bytes[colon])) {
      colon++;
    }
    if (colon - from > MAX_NAME) {
      throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    if (colon == end) {
      return MORE;
    }
    if (bytes[colon] != ':' || colon == from) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    int start = colon + 1;
    while (start < end && isBlank(bytes[start])) {
      start++;
    }
    int stop = start;
    while (stop < end && isValueChar(bytes[stop] & 0xff)) {
      stop++;
    }
    if (stop - colon > maxValue) {
      throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    int next = lineEnd(bytes, stop, end);
    if (next == MORE) {
      return MORE;
    }
    while (stop > start && isBlank(bytes[stop - 1])) {
      stop--;
    }
    header = new RawHeader(text(bytes, from, colon), text(bytes, start, stop));
    return next;
  }

  /** Whether a value is one char for each byte, without control characters. */
  public static boolean isValue(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isValueChar(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * @return where the line behind the CRLF at {@code at} begins, or {@link #MORE}
   * @throws Refused if there is no CRLF
   */
  public static int lineEnd(byte[] bytes, int at, int end) {
    if ((at < end && bytes[at] != '\r') || (at + 1 < end && bytes[at + 1] != '\n')) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    return at + 1 < end ? at + 2 : MORE;
  }

  public static String text(byte[] bytes, int from, int end) {
    return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /**
   * @param c a byte as it is read, or a char that stands for one
   */
  private static boolean isValueChar(int c) {
    return (c >= ' ' && c != DELETE && c <= 0xff) || c == '\t';
  }
}
