package dev.limpet.e2e.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What kubectl makes of k8s/.
 *
 * @param all by the name of the kustomization's folder; {@code everything} is one with all
 *     components
 */
record Builds(Map<String, Manifests> all) {

  static final Path K8S = Path.of("..", "..", "k8s").toAbsolutePath().normalize();

  private static final Path EVERYTHING =
      Path.of("src", "test", "kustomize", "everything").toAbsolutePath();

  private static @Nullable Builds made;

  /**
   * Makes them, once for all tests.
   *
   * @param directory for kubectl's output
   */
  static synchronized Builds of(Path directory) throws IOException {
    if (made == null) {
      made = make(directory);
    }
    return made;
  }

  private static Builds make(Path directory) throws IOException {
    Kubectl kubectl = Kubectl.install(directory);
    Map<String, Child> builds = new LinkedHashMap<>();
    for (Path folder : folders()) {
      builds.put(folder.getFileName().toString(), kubectl.kustomize(folder));
    }
    Map<String, Manifests> all = new LinkedHashMap<>();
    builds.forEach(
        (name, build) -> {
          assertThat(build.awaitExit()).as("%s: %s", name, build.output()).isZero();
          all.put(name, Manifests.parse(build.output()));
        });
    return new Builds(all);
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> overlays = Files.list(K8S.resolve("overlays"))) {
      return Stream.concat(overlays.sorted(), Stream.of(K8S.resolve("demo"), EVERYTHING)).toList();
    }
  }

  static Manifests exampleSecrets() throws IOException {
    return Manifests.parse(Files.readString(K8S.resolve("secrets.example.yaml")));
  }

  Manifests get(String name) {
    return Objects.requireNonNull(all.get(name), name);
  }
}
