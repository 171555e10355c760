package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The mistakes that docs/mistakes.md shows, and what it says that Limpet says. */
class MistakesTest {

  private static final Path ROOT = Path.of("..", "..");
  private static final Pattern ROW =
      Pattern.compile("^\\| `(?<mistake>[^`]+)` \\| `(?<message>[^`]+)` \\|$", Pattern.MULTILINE);

  /** A line of the table. */
  record Row(String mistake, String message) {}

  static List<Row> rows() throws IOException {
    return ROW.matcher(Files.readString(ROOT.resolve("docs/mistakes.md")))
        .results()
        .map((MatchResult row) -> new Row(row.group("mistake"), row.group("message")))
        .toList();
  }

  @Test
  void thereAreThirtyAtLeast() throws IOException {
    assertThat(rows()).hasSizeGreaterThanOrEqualTo(30);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theFileIsRefusedWithOneMessageThatNamesTheLine(Row row) throws IOException {
    String file = Files.readString(ROOT.resolve("config/quickstart.conf"));
    InvalidSettings invalid =
        catchThrowableOfType(
            InvalidSettings.class,
            () -> SettingsReader.parse(file + row.mistake() + "\n", "limpet.conf"));
    assertThat(invalid).as(row.mistake()).isNotNull();
    long line = file.lines().count() + 1;
    assertThat(invalid.problems())
        .extracting(Problem::toString)
        .containsExactly("limpet.conf:" + line + ": " + row.message());
  }
}
