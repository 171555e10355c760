package dev.limpet.settings;

import java.util.regex.Pattern;

/** The names of headers (RFC 9110, section 5.6.2). */
final class HeaderNames {

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private HeaderNames() {}

  static String checked(String name) {
    if (!TOKEN.matcher(name).matches()) {
      throw new IllegalArgumentException("expected a header's name, not \"" + name + "\"");
    }
    return name;
  }
}
