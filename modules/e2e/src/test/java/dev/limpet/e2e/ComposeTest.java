package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * {@code images/compose.yaml}, as far as it can be held against what is around it without an engine
 * that runs it.
 */
class ComposeTest {

  private static final Path IMAGES = Path.of("..", "..", "images").toAbsolutePath().normalize();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static Map<String, Object> compose;

  @BeforeAll
  static void read() throws IOException {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    try (Reader file = Files.newBufferedReader(IMAGES.resolve("compose.yaml"))) {
      compose = new Yaml(new SafeConstructor(strict)).load(file);
    }
  }

  @Test
  void threeNodesHaveOneNameAndNoPrivileges() {
    assertThat(nodes()).containsOnlyKeys("node-1", "node-2", "node-3");
    assertThat(certificatesCommand())
        .containsAll(nodes().keySet().stream().map(name -> name + "=" + name).toList());
    nodes()
        .forEach(
            (name, node) -> {
              assertThat(node).as(name).containsEntry("hostname", name);
              assertThat(node).as(name).containsEntry("read_only", true);
              assertThat(node).as(name).containsEntry("cap_drop", List.of("ALL"));
              assertThat(node)
                  .as(name)
                  .containsEntry("security_opt", List.of("no-new-privileges:true"));
              assertThat(node)
                  .as(name)
                  .containsEntry("environment", Map.of("LIMPET_NODE_NAME", name));
              assertThat(map(map(node, "networks"), "default"))
                  .as(name)
                  .isEqualTo(Map.of("aliases", List.of("limpet")));
            });
    assertThat(nodes().values().stream().map(node -> node.get("ports"))).doesNotHaveDuplicates();
  }

  @Test
  void whatServicesUseIsThere() {
    map(compose, "services")
        .forEach(
            (name, value) -> {
              Map<String, Object> service = map(value);
              for (String mount : strings(service, "volumes")) {
                String source = mount.substring(0, mount.indexOf(':'));
                if (source.startsWith(".")) {
                  assertThat(IMAGES.resolve(source)).as(name).exists();
                } else {
                  assertThat(map(compose, "volumes")).as(name).containsKey(source);
                }
              }
              assertThat(map(compose, "services").keySet())
                  .containsAll(names(service, "depends_on"));
              if (service.get("build") instanceof String folder) {
                assertThat(IMAGES.resolve(folder).resolve("Dockerfile")).as(name).exists();
              }
            });
  }

  /** With certificates as the service of this name makes them, but for one node only. */
  @Test
  void theSettingsAreValid() throws IOException {
    Path settings = Files.copy(IMAGES.resolve("compose.conf"), directory.resolve("limpet.conf"));
    List<String> command = new ArrayList<>(certificatesCommand());
    command.removeAll(List.of("node-2=node-2", "node-3=node-3"));
    command.replaceAll(word -> word.equals("/var/lib/limpet") ? directory + "/tls" : word);
    try (Child certificates = LimpetNode.command(directory, command.toArray(String[]::new))) {
      assertThat(certificates.awaitExit()).as(certificates.output()).isZero();
    }
    Map<String, String> environment = Map.of("LIMPET_NODE_NAME", "node-1");
    try (Child check = LimpetNode.command(directory, environment, "check", settings.toString())) {
      assertThat(check.awaitExit()).as(check.output()).isZero();
      assertThat(check.output()).contains("ok (listeners: 1, upstreams: 1, servers: 3)");
    }
  }

  private static List<String> certificatesCommand() {
    return strings(map(map(compose, "services"), "certificates"), "command");
  }

  private static Map<String, Map<String, Object>> nodes() {
    Map<String, Map<String, Object>> nodes = new TreeMap<>();
    map(compose, "services")
        .forEach(
            (name, service) -> {
              if (strings(map(service), "volumes").stream().anyMatch(v -> v.contains(".conf:"))) {
                nodes.put(name, map(service));
              }
            });
    return nodes;
  }

  /** Of a list, or the keys of a section. */
  private static List<String> names(Map<String, Object> service, String key) {
    return service.get(key) instanceof Map<?, ?> keys
        ? keys.keySet().stream().map(String::valueOf).toList()
        : strings(service, key);
  }

  private static List<String> strings(Map<String, Object> section, String key) {
    return section.get(key) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  private static Map<String, Object> map(Map<String, Object> section, String key) {
    return map(Objects.requireNonNull(section.get(key), key));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }
}
