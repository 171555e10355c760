package dev.limpet.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code limpet}, in a checkout where Java and Maven only say that they were called. */
class LauncherTest {

  @TempDir private Path home;

  @BeforeEach
  void checkout() throws IOException {
    Files.copy(Path.of("..", "..", "limpet"), home.resolve("limpet"));
    Path launch = home.resolve("modules/node/src/main/dist/launch.sh");
    Files.createDirectories(launch.getParent());
    Files.copy(Path.of("src", "main", "dist", "launch.sh"), launch);
    script(
        "jdk/bin/java",
        "case $1 in -XshowSettings*) echo '    java.specification.version = 25' ;; *) echo \"java ran\" ;; esac");
    script("bin/mvn", "echo maven >> \"" + home + "/called\"; mkdir -p modules/node/target/dist");
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("modules/node/pom.xml"), "");
  }

  private void script(String name, String text) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** As if the program had been built, and a source been changed since. */
  private void buildAndChange() throws IOException {
    Path built = home.resolve("modules/node/target/dist/built");
    Files.createDirectories(built.getParent());
    Files.writeString(built, "");
    Files.setLastModifiedTime(built, FileTime.from(Instant.EPOCH));
  }

  private String run() throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("bash", home.resolve("limpet").toString(), "status"));
    ProcessBuilder launcher = new ProcessBuilder(command).redirectErrorStream(true);
    launcher.environment().clear();
    launcher
        .environment()
        .putAll(
            Map.of(
                "PATH",
                home.resolve("bin") + ":/usr/bin:/bin",
                "LIMPET_JAVA_HOME",
                home.resolve("jdk").toString()));
    Process process = launcher.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }

  @Test
  void aServiceWithoutHomeBuildsAndRuns() throws Exception {
    assertThat(run()).contains("building", "java ran");
    assertThat(home.resolve("called")).exists();
    Files.delete(home.resolve("called"));
    assertThat(run()).isEqualTo("java ran\n");
    assertThat(home.resolve("called")).doesNotExist();
  }

  @Test
  void whatCannotBeWrittenToIsNotBuilt() throws Exception {
    // For root, too.
    Files.writeString(home.resolve("var"), "");
    assertThat(run())
        .contains("not built yet, and " + home + " cannot be written to")
        .doesNotContain("java ran");
    buildAndChange();
    assertThat(run()).isEqualTo("java ran\n");
    assertThat(home.resolve("called")).doesNotExist();
  }

  @Test
  void theProgramOfARunningNodeStays() throws Exception {
    buildAndChange();
    Process node =
        new ProcessBuilder("sh", "-c", "read line", home + "/modules/node/target/dist/lib/*")
            .start();
    try {
      assertThat(run())
          .contains("the program of before is used", "process " + node.pid() + ")", "java ran");
      assertThat(home.resolve("called")).doesNotExist();
    } finally {
      node.destroy();
      node.waitFor();
    }
    assertThat(run()).contains("building");
  }
}
