package dev.limpet.model.settings.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {

  private static final String[] TEXTS = {
    "",
    "/",
    "/a.png",
    "/a.PNG",
    "/a.png/b",
    "a\n/b.png",
    "\n.png",
    ".*",
    "/x|y",
    "/b",
    "/xa",
    "aa",
    "ab"
  };

  /** The start is left out where that changes nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ".*",
        ".*?",
        ".*.*",
        ".*[.]png$",
        ".*?[.](png|jpg)$",
        "^.*[.]png$",
        ".*^/a",
        ".*a|b",
        ".*|x",
        "[.]*p",
        "\\.*",
        ".*.png",
        "(.*)[.]png",
        ".+[.]png"
      })
  void findsWhatTheJdkFinds(String text) {
    for (String in : TEXTS) {
      assertThat(Expression.of(text, false).isFoundIn(in))
          .as("%s in %s", text, in)
          .isEqualTo(Pattern.compile(text, Pattern.UNIX_LINES).matcher(in).find());
      assertThat(Expression.of(text, true).isFoundIn(in))
          .as("%s in any case in %s", text, in)
          .isEqualTo(
              Pattern.compile(text, Pattern.UNIX_LINES | Pattern.CASE_INSENSITIVE)
                  .matcher(in)
                  .find());
    }
  }
}
