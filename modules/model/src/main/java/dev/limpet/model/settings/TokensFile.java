package dev.limpet.model.settings;

import dev.limpet.model.secret.TokenHash;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A file of tokens: {@code NAME ROLE HASH} on each line, but for empty ones and those that begin
 * with a number sign.
 */
public final class TokensFile {

  private TokensFile() {}

  /**
   * Reads all of it.
   *
   * @throws IllegalArgumentException with the line and what is wrong there; it does not repeat it
   */
  public static List<Admin.Token> parse(String content) {
    List<Admin.Token> tokens = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<String> lines = content.lines().map(String::strip).toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty() || lines.get(i).startsWith("#")) {
        continue;
      }
      try {
        Admin.Token token = token(lines.get(i).split("\\s+"));
        if (!names.add(token.name())) {
          throw new IllegalArgumentException("another token of the name " + token.name());
        }
        tokens.add(token);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return List.copyOf(tokens);
  }

  /** One line of it. */
  public static String line(Admin.Token token) {
    return "%s %s %s"
        .formatted(
            token.name(), token.role().name().toLowerCase(Locale.ROOT), token.hash().written());
  }

  private static Admin.Token token(String[] words) {
    if (words.length != 3 || !isName(words[0])) {
      throw new IllegalArgumentException(
          "expected a name, a role and a hash, as limpet token prints them");
    }
    return new Admin.Token(words[0], role(words[1]), TokenHash.parse(words[2]));
  }

  /** Whether a token may be called so. */
  public static boolean isName(String name) {
    return name.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  }

  private static Admin.Role role(String word) {
    for (Admin.Role role : Admin.Role.values()) {
      if (role.name().equalsIgnoreCase(word)) {
        return role;
      }
    }
    throw new IllegalArgumentException("a role is read, write or admin");
  }
}
