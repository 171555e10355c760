package dev.limpet.e2e.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Two minutes of what {@code modules/e2e/check-affinity} does for as long as one likes. */
class AffinityCheckTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void allPromisesAreKeptWhateverFails() throws InterruptedException {
    Options options = Options.parse(List.of("--minutes", "2", "--nodes", "3", "--seed", "1"));
    Report report = AffinityCheck.run(options, directory, System.out::println);
    System.out.println(report);
    assertThat(report.violations()).as("%s", report).isEmpty();
    assertThat(report.history().ops()).hasSizeGreaterThan(10_000);
    assertThat(report.atReadyNodes()).as("requests that show something").isGreaterThan(6_000);
  }
}
