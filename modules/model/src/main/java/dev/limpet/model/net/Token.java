package dev.limpet.model.net;

/**
 * The grammar of a token (RFC 9110, 5.6.2): the names of methods, headers and cookies are tokens.
 */
public final class Token {

  private static final boolean[] CHARS = new boolean[128];

  static {
    String chars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int i = 0; i < chars.length(); i++) {
      CHARS[chars.charAt(i)] = true;
    }
  }

  private Token() {}

  /** Whether the whole text is a token; the empty text is none. */
  public static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isTokenChar(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /**
   * @param c a character, or a byte of a message, which is negative beyond ASCII
   */
  public static boolean isTokenChar(int c) {
    return c >= 0 && c < CHARS.length && CHARS[c];
  }
}
