package dev.limpet.http.message;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawRequestURI;
import akka.http.scaladsl.model.HttpHeader;
import akka.http.scaladsl.model.HttpMethod;
import akka.http.scaladsl.model.headers.RawHeader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.ArraySeq;

/**
 * The framing and the host of one request, read off its lines: where it ends and whom it is for
 * (RFC 9112, 3 and 6). A request about which two recipients could disagree is refused.
 */
public final class Framing {

  /** The most characters that a method's name may have. */
  public static final int MAX_METHOD = 64;

  private static final int MAX_LENGTH_DIGITS = 18;
  private static final long NO_LENGTH = -1;

  /** The character that stands for bytes which are not UTF-8. */
  private static final char REPLACEMENT = '\ufffd';

  private final String method;
  private final String target;
  private final boolean http10;
  private @Nullable String host;
  private long length = NO_LENGTH;
  private boolean chunked;
  private boolean expectsContinue;
  private boolean close;
  private boolean keepAlive;
  private boolean upgradeNamed;
  private boolean upgradeAsked;

  public Framing(String method, String target, boolean http10) {
    this.method = method;
    this.target = target;
    this.http10 = http10;
  }

  /** The head that stands for a request which is refused. */
  public static RequestHead refused(String method, StatusCode status) {
    return new RequestHead(
        method(method),
        ArraySeq.unsafeWrapArray(new HttpHeader[0]),
        0,
        false,
        false,
        RequestHead.Behind.NOTHING,
        status);
  }

  public HttpHeader rawTarget() {
    return (HttpHeader) RawRequestURI.create(decodedTarget());
  }

  /** Looks at a header; what goes on is in the form in which it cannot be misread. */
  public HttpHeader accept(RawHeader header) {
    String value = header.value();
    switch (header.lowercaseName()) {
      case "content-length" -> {
        if (length != NO_LENGTH) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        length = number(value);
        String plain = Long.toString(length);
        return plain.equals(value) ? header : new RawHeader(header.name(), plain);
      }
      case "transfer-encoding" -> {
        if (chunked) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        if (!value.equalsIgnoreCase("chunked")) {
          throw new Refused(StatusCodes.NOT_IMPLEMENTED);
        }
        chunked = true;
      }
      case "host" -> {
        if (host != null || !Authority.isHost(value)) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        host = value;
      }
      case "expect" -> {
        if (!http10 && !value.equalsIgnoreCase("100-continue")) {
          throw new Refused(StatusCodes.EXPECTATION_FAILED);
        }
        expectsContinue = !http10;
      }
      case "connection" -> connection(value);
      case "upgrade" -> upgradeNamed = true;
      default -> {}
    }
    return header;
  }

  /**
   * @param headers the target and then what {@link #accept} has given, in order
   */
  public RequestHead head(HttpHeader[] headers) {
    Authority named = checkTarget();
    if (chunked && (length != NO_LENGTH || http10)) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    boolean closing = close || (http10 && !keepAlive);
    long body = chunked ? RequestHead.CHUNKED : Math.max(length, 0);
    if (body != 0 && (method.equals("HEAD") || method.equals("TRACE"))) {
      // Akka HTTP takes no body with them.
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    return new RequestHead(
        method(method),
        ArraySeq.unsafeWrapArray(named == null ? headers : forHost(named.hostField(), headers)),
        body,
        http10,
        expectsContinue,
        behind(closing),
        null);
  }

  private RequestHead.Behind behind(boolean closing) {
    if (closing) {
      return RequestHead.Behind.NOTHING;
    }
    return upgradeNamed && upgradeAsked
        ? RequestHead.Behind.PERHAPS_ANOTHER_PROTOCOL
        : RequestHead.Behind.REQUEST;
  }

  /** The authority in an absolute target; null for other targets. */
  private @Nullable Authority checkTarget() {
    if (method.equals("CONNECT")) {
      throw new Refused(StatusCodes.NOT_IMPLEMENTED);
    }
    if ((host == null && !http10) || target.indexOf('#') >= 0) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    boolean origin = target.charAt(0) == '/';
    boolean asterisk = target.equals("*") && method.equals("OPTIONS");
    if (origin || asterisk) {
      return null;
    }
    Authority named = authority();
    if (named == null) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    return named;
  }

  private @Nullable Authority authority() {
    int start;
    if (startsWith("http://")) {
      start = "http://".length();
    } else if (startsWith("https://")) {
      start = "https://".length();
    } else {
      return null;
    }
    int end = start;
    while (end < target.length() && "/?".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    return Authority.parse(target.substring(start, end));
  }

  private boolean startsWith(String scheme) {
    return target.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  /** The target's host counts, not that of Host (RFC 9112, 3.2.2). */
  private HttpHeader[] forHost(String named, HttpHeader[] headers) {
    if (host == null) {
      HttpHeader[] more = Arrays.copyOf(headers, headers.length + 1);
      more[headers.length] = new RawHeader("Host", named);
      return more;
    }
    for (int i = 1; i < headers.length; i++) {
      if (headers[i].lowercaseName().equals("host")) {
        headers[i] = new RawHeader(headers[i].name(), named);
      }
    }
    return headers;
  }

  /** Raw bytes beyond ASCII are read as UTF-8, as they will be written. */
  private String decodedTarget() {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) >= 0x80) {
        byte[] bytes = target.getBytes(StandardCharsets.ISO_8859_1);
        String decoded = new String(bytes, StandardCharsets.UTF_8);
        if (decoded.indexOf(REPLACEMENT) >= 0) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        return decoded;
      }
    }
    return target;
  }

  private void connection(String value) {
    if (value.equalsIgnoreCase("keep-alive")) {
      keepAlive = true;
      return;
    }
    for (String option : value.split(",", -1)) {
      String token = option.strip();
      close |= token.equalsIgnoreCase("close");
      keepAlive |= token.equalsIgnoreCase("keep-alive");
      upgradeAsked |= token.equalsIgnoreCase("upgrade");
    }
  }

  private static long number(String digits) {
    if (digits.isEmpty() || digits.length() > MAX_LENGTH_DIGITS) {
      throw new Refused(StatusCodes.BAD_REQUEST);
    }
    long number = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
      number = 10 * number + digit;
    }
    return number;
  }

  private static HttpMethod method(String name) {
    Optional<akka.http.javadsl.model.HttpMethod> known = HttpMethods.lookup(name);
    return known.isPresent() ? (HttpMethod) known.get() : HttpMethod.custom(name);
  }
}
