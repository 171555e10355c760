package dev.limpet.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExposureTest {

  @TempDir private Path directory;

  @Test
  void aKeyIsItsOwnersAlone() throws IOException {
    assertThat(PemFiles.exposure(file("rw-------"))).isEmpty();
    assertThat(PemFiles.exposure(file("rw-r-----")))
        .hasValueSatisfying(why -> assertThat(why).contains("rw-r-----", "chmod 600"));
    assertThat(PemFiles.exposure(file("rw----r--"))).isPresent();
  }

  /** As a Secret in a pod that is not root's: the group is the only way to read it. */
  @Test
  void aKeyOfSomebodyElsesIsReadByItsGroup() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root gives files away");
    assertThat(PemFiles.exposure(given("r--r-----"))).isEmpty();
    assertThat(PemFiles.exposure(given("r--r--r--"))).isPresent();
  }

  private Path given(String permissions) throws IOException {
    Path file = file(permissions);
    Files.setAttribute(file, "unix:uid", 65532);
    return file;
  }

  private Path file(String permissions) throws IOException {
    Path file = directory.resolve("key.pem");
    Files.deleteIfExists(file);
    Files.createFile(file);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }
}
