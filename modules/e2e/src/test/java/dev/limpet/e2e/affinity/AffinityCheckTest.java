package dev.limpet.e2e.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Some of what {@code modules/e2e/check-affinity} does for as long as one likes. */
class AffinityCheckTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void allPromisesAreKeptWhateverFails() throws InterruptedException {
    Report report = run("--minutes", "1.2");
    assertThat(report.history().ops()).hasSizeGreaterThan(6_000);
    assertThat(report.atReadyNodes()).as("requests that show something").isGreaterThan(3_000);
  }

  @Test
  void allPromisesAreKeptWhileNodesComeAndGo() throws InterruptedException {
    Report report =
        run(
            "--nemesis",
            "scale",
            "--discovery",
            "dns",
            "--most",
            "5",
            "--minutes",
            "0.75",
            "--rate",
            "100",
            "--faults",
            "kill");
    assertThat(report.faults()).containsKey("join");
    assertThat(report.atReadyNodes()).as("requests that show something").isGreaterThan(500);
  }

  private Report run(String... options) throws InterruptedException {
    Report report =
        AffinityCheck.run(Options.parse(List.of(options)), directory, System.out::println);
    System.out.println(report);
    assertThat(report.violations()).as("%s", report).isEmpty();
    return report;
  }
}
