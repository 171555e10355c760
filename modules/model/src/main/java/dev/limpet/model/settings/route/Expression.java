package dev.limpet.model.settings.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression of the settings. It is <a
 * href="https://github.com/google/re2/wiki/Syntax">RE2's</a>, whose time grows with the text and no
 * faster: java.util.regex can be kept busy for seconds, or made to overflow its stack, by whoever
 * sends the text. Immutable; equal if written in the same way.
 */
public final class Expression {

  /** The most steps that a character of a text may take. */
  private static final int MAX_SIZE = 1000;

  private final String text;
  private final boolean anyCase;
  private final Pattern pattern;

  /**
   * Is found wherever the whole is: a leading {@code .*} may be empty, and looking for it takes a
   * hundred times as long.
   */
  private final Pattern core;

  /** The names of its groups: their numbers, and their names where they have some. */
  private final Map<String, Integer> groups = new LinkedHashMap<>();

  private Expression(String text, boolean anyCase, Pattern pattern) {
    this.text = text;
    this.anyCase = anyCase;
    this.pattern = pattern;
    this.core = core(pattern);
    for (int group = 0; group <= pattern.groupCount(); group++) {
      groups.put(String.valueOf(group), group);
    }
    groups.putAll(pattern.namedGroups());
  }

  private static Pattern core(Pattern pattern) {
    String text = pattern.pattern();
    String rest = text;
    while (rest.startsWith(".*")) {
      rest = rest.substring(rest.startsWith(".*?") ? 3 : 2);
    }
    return rest.length() == text.length() ? pattern : Pattern.compile(rest, pattern.flags());
  }

  /**
   * @throws IllegalArgumentException says why the expression is none, to whoever has written it
   */
  public static Expression of(String text, boolean anyCase) {
    String foreign = foreign(text);
    if (foreign != null) {
      throw bad(text, foreign);
    }
    try {
      Pattern pattern = Pattern.compile(text, anyCase ? Pattern.CASE_INSENSITIVE : 0);
      if (pattern.programSize() > MAX_SIZE) {
        throw bad(text, "it is too large, as repetitions of repetitions are");
      }
      return new Expression(text, anyCase, pattern);
    } catch (PatternSyntaxException e) {
      throw bad(text, e.getDescription() + ": " + e.getPattern());
    } catch (StackOverflowError e) {
      throw bad(text, "it has too many groups within groups");
    }
  }

  /** An expression that finds this very text. */
  public static Expression literal(String text) {
    return new Expression(text, false, Pattern.compile(Pattern.quote(text)));
  }

  private static IllegalArgumentException bad(String text, String reason) {
    return new IllegalArgumentException("bad regular expression \"" + text + "\": " + reason);
  }

  /**
   * A feature of other engines that RE2 lacks, or takes for something else; null if there is none.
   */
  private static @Nullable String foreign(String text) {
    String linear = " is not supported: expressions are RE2's, which never take long";
    boolean inClass = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (text.startsWith("\\Q", i)) {
        int end = text.indexOf("\\E", i);
        i = end < 0 ? text.length() : end + 1;
      } else if (c == '\\') {
        char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
        if (!inClass && ((next >= '1' && next <= '9') || next == 'k')) {
          return "the back reference \\" + next + linear;
        }
        i++;
      } else if (inClass) {
        if (text.startsWith("&&", i)) {
          return "&& in a class" + linear;
        }
        if (c == '[' && !text.startsWith("[:", i)) {
          return "a class in a class" + linear + "; a bracket is written \\[";
        }
        if (text.startsWith("[:", i)) {
          int end = text.indexOf(":]", i);
          i = end < 0 ? i : end + 1;
        } else if (c == ']') {
          inClass = false;
        }
      } else if (c == '[') {
        inClass = true;
        i +=
            text.startsWith("[^]", i)
                ? 2
                : text.startsWith("[]", i) || text.startsWith("[^", i) ? 1 : 0;
      } else if (text.startsWith("(?=", i) || text.startsWith("(?!", i)) {
        return "look-ahead, " + text.substring(i, i + 3) + "…)," + linear;
      } else if (text.startsWith("(?<=", i) || text.startsWith("(?<!", i)) {
        return "look-behind, " + text.substring(i, i + 4) + "…)," + linear;
      } else if (text.startsWith("(?>", i)) {
        return "an atomic group, (?>…)," + linear;
      } else if (c == '+'
          && i > 0
          && "*+?}".indexOf(text.charAt(i - 1)) >= 0
          && !isEscaped(text, i - 1)) {
        return "the possessive " + text.charAt(i - 1) + "+" + linear;
      }
    }
    return null;
  }

  private static boolean isEscaped(String text, int at) {
    int backslashes = 0;
    while (at - backslashes > 0 && text.charAt(at - backslashes - 1) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  public boolean isFoundIn(CharSequence input) {
    return core.matcher(input).find();
  }

  public boolean isAllOf(CharSequence input) {
    return pattern.matcher(input).matches();
  }

  /** The captures of its groups where it is first found; null where it is not. */
  public @Nullable Captures captures(CharSequence input) {
    Matcher matcher = pattern.matcher(input);
    return matcher.find() ? new Captures(this, matcher) : null;
  }

  /** As in the settings: {@code ~ text}, or {@code ~* text} for any case. */
  public String written() {
    return (anyCase ? "~* " : "~ ") + text;
  }

  /** Its groups, by number and by name; 0 is all that was found. */
  public Set<String> groups() {
    return groups.keySet();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Expression expression
        && expression.text.equals(text)
        && expression.anyCase == anyCase;
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return written();
  }

  /** Of one text. */
  public static final class Captures {

    private final Expression expression;
    private final Matcher matcher;

    private Captures(Expression expression, Matcher matcher) {
      this.expression = expression;
      this.matcher = matcher;
    }

    /**
     * @param group one of the expression's
     * @return null where the group took no part
     */
    public @Nullable String get(String group) {
      Integer number = expression.groups.get(group);
      if (number == null) {
        throw new IllegalArgumentException("no group " + group);
      }
      return matcher.group(number);
    }
  }
}
