package dev.limpet.settings.block.host;

import dev.limpet.model.net.Token;

/** The names of headers. */
public final class HeaderNames {

  private HeaderNames() {}

  public static String checked(String name) {
    if (!Token.isToken(name)) {
      throw new IllegalArgumentException("expected a header's name, not \"" + name + "\"");
    }
    return name;
  }
}
