package dev.limpet.model;

import java.util.regex.Pattern;

/**
 * A condition on a text. Equal if written in the same way.
 *
 * @param written as it stands in the settings
 * @param whole whether the pattern is about the whole text, or to be found in it
 * @param negated whether the text passes that does not match
 */
public record TextMatch(String written, Pattern pattern, boolean whole, boolean negated) {

  public boolean test(CharSequence text) {
    return (whole ? pattern.matcher(text).matches() : pattern.matcher(text).find()) != negated;
  }

  // Patterns have no equality.
  @Override
  public boolean equals(Object other) {
    return other instanceof TextMatch match && match.written.equals(written);
  }

  @Override
  public int hashCode() {
    return written.hashCode();
  }

  @Override
  public String toString() {
    return written;
  }
}
