package dev.limpet.settings.block;

import dev.limpet.model.net.Token;

/** The names of headers. */
final class HeaderNames {

  private HeaderNames() {}

  static String checked(String name) {
    if (!Token.isToken(name)) {
      throw new IllegalArgumentException("expected a header's name, not \"" + name + "\"");
    }
    return name;
  }
}
