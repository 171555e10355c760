package dev.limpet.model.settings;

import dev.limpet.model.settings.route.Expression;

/**
 * A condition on a text. Equal if written in the same way.
 *
 * @param written as it stands in the settings
 * @param whole whether the expression is about the whole text, or to be found in it
 * @param negated whether the text passes that does not match
 */
public record TextMatch(String written, Expression expression, boolean whole, boolean negated) {

  public boolean test(CharSequence text) {
    return (whole ? expression.isAllOf(text) : expression.isFoundIn(text)) != negated;
  }

  // The same expression may be written for a text or against it.
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
