package dev.limpet.model.net;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Names that a certificate may have: a DNS name, whose first label may be {@code *}, or a SPIFFE
 * ID, in which {@code *} may stand for a part of the path. A star is any one label or part, never
 * several.
 */
public record NamePattern(String text) {

  private static final String SPIFFE = "spiffe://";
  private static final Pattern DNS_NAME =
      Pattern.compile(
          "([*][.])?[a-z0-9_]([a-z0-9_-]*[a-z0-9])?([.][a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*");
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+");
  private static final Pattern ID =
      Pattern.compile(Pattern.quote(SPIFFE) + "[a-z0-9._-]+(/([*]|[A-Za-z0-9._-]+))+");

  /**
   * @throws IllegalArgumentException naming the text and what was expected
   */
  public NamePattern {
    boolean id = text.startsWith(SPIFFE);
    if (!id) {
      text = text.toLowerCase(Locale.ROOT);
    }
    if (!(id ? ID : DNS_NAME).matcher(text).matches() || ADDRESS.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "\"%s\" is no name of certificates: expected a DNS name, such as \"*.limpet-peers\", or a"
                  .formatted(text)
              + " SPIFFE ID, such as \"spiffe://example.org/ns/*/sa/limpet\"");
    }
  }

  /**
   * Whether a certificate's name is one of these. A certificate that has a star itself is good for
   * all names that it stands for, so there has to be one here in the same place.
   */
  public boolean fits(String name) {
    boolean id = text.startsWith(SPIFFE);
    if (id != name.startsWith(SPIFFE)) {
      return false;
    }
    List<String> own = parts(text, id);
    List<String> others = parts(id ? name : name.toLowerCase(Locale.ROOT), id);
    if (own.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < own.size(); i++) {
      boolean any = own.get(i).equals("*") && !others.get(i).isEmpty();
      if (!any && !own.get(i).equals(others.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> parts(String name, boolean id) {
    return List.of(name.split(id ? "/" : "[.]", -1));
  }

  @Override
  public String toString() {
    return text;
  }
}
