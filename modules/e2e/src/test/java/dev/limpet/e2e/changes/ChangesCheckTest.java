package dev.limpet.e2e.changes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A minute of what {@code modules/e2e/check-changes} does for as long as one likes. */
class ChangesCheckTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void noAcknowledgedChangeIsLostWhateverFails() throws Exception {
    ChangesReport report =
        ChangesCheck.run(
            ChangesCheck.options(List.of("--minutes", "1", "--seed", "1")),
            directory,
            System.out::println);
    System.out.println(report);
    assertThat(report.violations()).as("%s", report).isEmpty();
    assertThat(report.count(Request.Answer.DURABLE)).isGreaterThan(300);
  }
}
