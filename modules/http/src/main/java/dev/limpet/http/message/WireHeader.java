package dev.limpet.http.message;

import akka.http.scaladsl.model.headers.CustomHeader;
import dev.limpet.model.net.Token;

/**
 * A response header that goes out exactly as given. Akka HTTP drops or rewrites headers it models,
 * such as Server and Content-Type; it leaves custom ones alone.
 */
public final class WireHeader extends CustomHeader {

  private final String name;
  private final String value;

  /**
   * @param value one char for each byte
   * @throws Malformed if they would not be one header line
   */
  public WireHeader(String name, String value) {
    check(name, value);
    this.name = name;
    this.value = value;
  }

  /**
   * @throws Malformed unless {@code name} is a token and {@code value} bytes that are no control
   *     characters. Akka HTTP writes the lower half of a char: U+010A would be a line's end
   */
  public static void check(String name, String value) {
    if (name.isEmpty()) {
      throw new Malformed("a header without a name");
    }
    if (!Token.isToken(name)) {
      throw new Malformed("not a header's name: " + name);
    }
    if (!HeaderLine.isValue(value)) {
      throw new Malformed("not a header's value: that of " + name);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String value() {
    return value;
  }

  @Override
  public boolean renderInRequests() {
    return false;
  }

  @Override
  public boolean renderInResponses() {
    return true;
  }

  /** A name and a value that are no header line. */
  public static final class Malformed extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }
}
