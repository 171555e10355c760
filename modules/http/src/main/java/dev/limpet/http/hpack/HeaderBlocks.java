package dev.limpet.http.hpack;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The decoder of the header blocks that one client sends (RFC 7541). It holds names and values to
 * RFC 9113, 8.2. Netty's decoder is the strict one: Akka HTTP's takes names in capitals, broken
 * Huffman codes and line breaks in values. Not thread-safe.
 */
public final class HeaderBlocks {

  /** The octets that HPACK adds to those of each header line (RFC 7541, 4.1). */
  private static final int LINE_OVERHEAD = 32;

  private final DefaultHttp2HeadersDecoder decoder;

  /** The lines of a block, or the reason why it does not count. */
  public sealed interface Outcome {}

  /** The lines in their order. */
  public record Lines(List<Line> lines) implements Outcome {}

  /** More octets than are allowed. */
  public record TooLarge() implements Outcome {}

  /** Lines that may not be; the state for the blocks behind it is as it should be. */
  public record Malformed() implements Outcome {}

  /**
   * No block behind this one can be read.
   *
   * @param error the code of RFC 9113, 7 to end the connection with
   */
  public record Broken(int error) implements Outcome {}

  /** A header, with one char for each octet. */
  public record Line(String name, String value) {}

  /**
   * @param maxOctets of all names and values in a block together
   * @param maxLines what is counted for beside the octets
   */
  public HeaderBlocks(int maxOctets, int maxLines) {
    decoder =
        new DefaultHttp2HeadersDecoder(true, false, maxOctets + (long) LINE_OVERHEAD * maxLines);
  }

  public Outcome decode(int stream, ByteBuffer block) {
    List<Line> lines = new ArrayList<>();
    try {
      for (Map.Entry<CharSequence, CharSequence> line :
          decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block))) {
        String value = text(line.getValue());
        if (value == null) {
          return new Malformed();
        }
        lines.add(new Line(line.getKey().toString(), value));
      }
      return new Lines(lines);
    } catch (HeaderListSizeException e) {
      return new TooLarge();
    } catch (Http2Exception e) {
      return Http2Exception.isStreamError(e) ? new Malformed() : new Broken((int) e.error().code());
    }
  }

  /** Null unless it is one line without blanks around it (RFC 9113, 8.2.1). */
  private static @Nullable String text(CharSequence octets) {
    String text = octets.toString();
    int last = text.length() - 1;
    if (last >= 0 && (isBlank(text.charAt(0)) || isBlank(text.charAt(last)))) {
      return null;
    }
    for (int i = 0; i <= last; i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\n' || c == 0) {
        return null;
      }
    }
    return text;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
