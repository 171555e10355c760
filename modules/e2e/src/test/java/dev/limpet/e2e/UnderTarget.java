package dev.limpet.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** Directories for a test's processes: their logs are still there after a failure. */
public final class UnderTarget implements TempDirFactory {

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
      throws IOException {
    Path parent = Files.createDirectories(Path.of("target", "e2e").toAbsolutePath());
    return Files.createTempDirectory(parent, test.getRequiredTestClass().getSimpleName() + "-");
  }
}
