package dev.limpet.http.h1;

import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.HttpHeader;
import akka.http.scaladsl.model.headers.RawHeader;
import dev.limpet.http.message.Framing;
import dev.limpet.http.message.HeaderLine;
import dev.limpet.http.message.Refused;
import dev.limpet.http.message.RequestHead;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.Settings;
import java.util.Arrays;

/**
 * The parser of one connection's request heads. Clients repeat themselves: a line that is byte for
 * byte the one that stood at its place in the head before is not read again.
 */
final class HeadParser {

  /** Lines of a head, at first. */
  private static final int FEW = 16;

  private final Settings.Limits limits;
  private final HeaderLine lines;

  private static final byte[] NOTHING_KNOWN = {};

  private byte[] known = NOTHING_KNOWN;
  private int[] knownStarts = {0};
  private int knownCount;
  private int[] starts = new int[FEW];
  private RawHeader[] headers = new RawHeader[FEW];

  /** Where the next line begins, from the head's first byte on; 0 before the request line. */
  private int next;

  private int count;
  private String method = "GET";
  private String target = "/";
  private boolean http10;

  HeadParser(Settings.Limits limits) {
    this.limits = limits;
    this.lines = new HeaderLine(limits.maxHeaderSize());
  }

  /** Whether nothing of a head has been read yet. */
  boolean isAtStart() {
    return next == 0;
  }

  /**
   * Bytes of the head that lines are compared with; what has been made of them takes twice as many.
   */
  int remembered() {
    return known.length;
  }

  /** Drops what it has kept of the head before; between two heads. */
  void forget() {
    if (known.length > 0 && isAtStart()) {
      known = NOTHING_KNOWN;
      knownStarts = new int[] {0};
      knownCount = 0;
      starts = new int[FEW];
      headers = new RawHeader[FEW];
      target = "/";
    }
  }

  /** How long the head was that {@link #parse} has read. */
  int size() {
    return next;
  }

  /**
   * Reads a head, or goes on with one of which more has come: its first byte is at {@code from}
   * each time, and all that was there before is still there.
   *
   * @return true if the head is whole
   * @throws Refused if it is not well-formed or too large
   */
  boolean parse(byte[] bytes, int from, int end) {
    if (next == 0 && !requestLine(bytes, from, end)) {
      return partial(end - from);
    }
    int at = from + next;
    while (true) {
      if (at < end && bytes[at] == '\r') {
        int behind = HeaderLine.lineEnd(bytes, at, end);
        if (behind == HeaderLine.MORE) {
          next = at - from;
          return partial(end - from);
        }
        next = behind - from;
        checkSize(next);
        return true;
      }
      int behind = headerLine(bytes, at, end, from);
      if (behind == HeaderLine.MORE) {
        next = at - from;
        return partial(end - from);
      }
      at = behind;
    }
  }

  /**
   * Takes the head that has been read, once; the next head may follow.
   *
   * @throws Refused if the lines do not make one unambiguous request
   */
  RequestHead take(byte[] bytes, int from) {
    Framing framing = new Framing(method, target, http10);
    HttpHeader[] all = new HttpHeader[count + 1];
    all[0] = framing.rawTarget();
    for (int i = 0; i < count; i++) {
      all[i + 1] = framing.accept(headers[i]);
    }
    RequestHead head = framing.head(all);
    remember(bytes, from);
    return head;
  }

  /** The head that stands for a request which is refused; the parser reads no more. */
  RequestHead refused(StatusCode status) {
    return Framing.refused(method, status);
  }

  private boolean partial(int size) {
    checkSize(size);
    return false;
  }

  private void checkSize(int size) {
    if (size > limits.maxHeadSize()) {
      throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
  }

  private void remember(byte[] bytes, int from) {
    boolean alone = from == 0 && bytes.length == next;
    known = alone ? bytes : Arrays.copyOfRange(bytes, from, from + next);
    int[] spare = knownStarts.length < starts.length ? new int[starts.length] : knownStarts;
    knownStarts = starts;
    knownCount = count;
    starts = spare;
    next = 0;
    count = 0;
  }

  private boolean requestLine(byte[] bytes, int from, int end) {
    int space = from;
    while (space < end && Token.isTokenChar(bytes[space])) {
      space++;
    }
    if (space - from > Framing.MAX_METHOD) {
      throw new Refused(StatusCodes.NOT_IMPLEMENTED);
    }
    if (space == end) {
      return false;
    }
    if (space == from || bytes[space] != ' ') {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    method = isGet(bytes, from, space) ? "GET" : HeaderLine.text(bytes, from, space);
    int targetEnd = space + 1;
    while (targetEnd < end && isTarget(bytes[targetEnd])) {
      targetEnd++;
    }
    if (targetEnd - space > limits.maxTargetSize()) {
      throw new Refused(StatusCodes.URI_TOO_LONG);
    }
    if (targetEnd == end) {
      return false;
    }
    if (bytes[targetEnd] != ' ' || targetEnd == space + 1) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    int behind = version(bytes, targetEnd + 1, end);
    if (behind == HeaderLine.MORE) {
      return false;
    }
    target = HeaderLine.text(bytes, space + 1, targetEnd);
    next = behind - from;
    starts[0] = next;
    return true;
  }

  private int version(byte[] bytes, int at, int end) {
    String expected = "HTTP/1.";
    for (int i = 0; i < expected.length(); i++) {
      if (at + i == end) {
        return HeaderLine.MORE;
      }
      if (bytes[at + i] != expected.charAt(i)) {
        // HTTP/2.0 is a version that we do not speak here; anything else is no version at all.
        boolean other = i == 5 && bytes[at + i] >= '0' && bytes[at + i] <= '9';
        throw new Refused(other ? StatusCodes.HTTPVERSION_NOT_SUPPORTED : StatusCodes.BAD_REQUEST);
      }
    }
    int minor = at + expected.length();
    if (minor == end) {
      return HeaderLine.MORE;
    }
    if (bytes[minor] != '0' && bytes[minor] != '1') {
      throw new Refused(StatusCodes.HTTPVERSION_NOT_SUPPORTED);
    }
    http10 = bytes[minor] == '0';
    return HeaderLine.lineEnd(bytes, minor + 1, end);
  }

  private int headerLine(byte[] bytes, int at, int end, int from) {
    if (count == limits.maxHeaderCount()) {
      throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    int behind;
    if (isKnown(bytes, at, end)) {
      behind = at + knownStarts[count + 1] - knownStarts[count];
    } else {
      behind = lines.parse(bytes, at, end);
      if (behind == HeaderLine.MORE) {
        return behind;
      }
      if (count + 1 == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count + 2);
        headers = Arrays.copyOf(headers, 2 * count + 2);
      }
      headers[count] = lines.header();
    }
    count++;
    starts[count] = behind - from;
    return behind;
  }

  private boolean isKnown(byte[] bytes, int at, int end) {
    if (count >= knownCount) {
      return false;
    }
    int start = knownStarts[count];
    int stop = knownStarts[count + 1];
    return end - at >= stop - start
        && Arrays.equals(known, start, stop, bytes, at, at + stop - start);
  }

  private static boolean isGet(byte[] bytes, int from, int end) {
    return end - from == 3
        && bytes[from] == 'G'
        && bytes[from + 1] == 'E'
        && bytes[from + 2] == 'T';
  }

  private static boolean isTarget(byte b) {
    return (b > ' ' && b != 0x7f) || b < 0;
  }
}
