package dev.limpet.http.h1;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.StatusCodes;
import akka.util.ByteString;
import dev.limpet.http.message.HeaderLine;
import dev.limpet.http.message.Refused;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The reader of a chunked body, which is strict and writes the body anew: a chunk for each piece
 * that has come, so that a big one need not be here as a whole, without extensions (RFC 9112, 7.1).
 */
final class ChunkReader {

  private static final ByteString LAST = ByteString.fromString("0\r\n\r\n");
  private static final ByteString CRLF = ByteString.fromString("\r\n");

  /** Enough for a size and all extensions that make sense. */
  private static final int MAX_SIZE_LINE = 1024;

  private static final int MAX_SIZE_DIGITS = 15;

  private enum Expecting {
    SIZE,
    DATA,
    DATA_END,
    TRAILER
  }

  private final HeaderLine lines;
  private final int maxTrailers;
  private Expecting expecting = Expecting.SIZE;
  private long remaining;
  private List<HttpHeader> trailers = new ArrayList<>(0);
  private ByteString output = ByteString.emptyByteString();
  private boolean complete;

  ChunkReader(Settings.Limits limits) {
    this.lines = new HeaderLine(limits.maxHeaderSize());
    this.maxTrailers = limits.maxHeaderCount();
  }

  /** Whether the last chunk and its trailers have been read. */
  boolean isComplete() {
    return complete;
  }

  List<HttpHeader> trailers() {
    return trailers;
  }

  /** Takes what has been read since this was asked last. */
  ByteString takeOutput() {
    ByteString taken = output;
    output = ByteString.emptyByteString();
    return taken;
  }

  /**
   * @param bytes are kept, and must not change
   * @return where the part begins that cannot be read before more comes
   * @throws Refused if it is not well-formed
   */
  int read(byte[] bytes, int from, int end) {
    int at = from;
    while (!complete && at < end) {
      int next =
          switch (expecting) {
            case SIZE -> size(bytes, at, end);
            case DATA -> data(bytes, at, end);
            case DATA_END -> dataEnd(bytes, at, end);
            case TRAILER -> trailer(bytes, at, end);
          };
      if (next == HeaderLine.MORE) {
        return at;
      }
      at = next;
    }
    return at;
  }

  private int size(byte[] bytes, int from, int end) {
    long size = 0;
    int at = from;
    while (at < end && Character.digit(bytes[at], 16) >= 0) {
      size = 16 * size + Character.digit(bytes[at], 16);
      at++;
    }
    if (at - from > MAX_SIZE_DIGITS) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    if (at == end) {
      return HeaderLine.MORE;
    }
    if (at == from) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    if (bytes[at] == ';') {
      if (at + 1 < end && !Token.isTokenChar(bytes[at + 1])) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
      while (at < end && bytes[at] >= ' ' && bytes[at] != 0x7f) {
        at++;
      }
      if (at - from > MAX_SIZE_LINE) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
    }
    int next = HeaderLine.lineEnd(bytes, at, end);
    if (next != HeaderLine.MORE) {
      remaining = size;
      expecting = size == 0 ? Expecting.TRAILER : Expecting.DATA;
    }
    return next;
  }

  private int data(byte[] bytes, int at, int end) {
    int length = (int) Math.min(remaining, end - at);
    ByteString size =
        ByteString.fromString(Integer.toHexString(length) + "\r\n", StandardCharsets.US_ASCII);
    output = output.concat(size).concat(ByteString.fromArrayUnsafe(bytes, at, length)).concat(CRLF);
    remaining -= length;
    if (remaining == 0) {
      expecting = Expecting.DATA_END;
    }
    return at + length;
  }

  private int dataEnd(byte[] bytes, int at, int end) {
    int next = HeaderLine.lineEnd(bytes, at, end);
    if (next != HeaderLine.MORE) {
      expecting = Expecting.SIZE;
    }
    return next;
  }

  private int trailer(byte[] bytes, int at, int end) {
    if (bytes[at] == '\r') {
      int next = HeaderLine.lineEnd(bytes, at, end);
      if (next != HeaderLine.MORE) {
        complete = true;
        output = output.concat(LAST);
      }
      return next;
    }
    if (trailers.size() == maxTrailers) {
      throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    int next = lines.parse(bytes, at, end);
    if (next != HeaderLine.MORE) {
      String name = lines.header().lowercaseName();
      if (name.equals("content-length") || name.equals("transfer-encoding")) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
      trailers.add(lines.header());
    }
    return next;
  }
}
