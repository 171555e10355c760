package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.limpet.settings.hocon.InvalidSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The reader takes its keys from reference.conf, and fails on one that is not there; so what is
 * left to prove is that it reads each of them, and that each is explained.
 */
class ReferenceTest {

  private static final ConfigObject REFERENCE =
      ConfigFactory.parseResources("reference.conf").getObject("limpet");

  static Stream<String> keys() {
    return keys("", REFERENCE);
  }

  private static Stream<String> keys(String path, ConfigObject object) {
    return object.entrySet().stream()
        .flatMap(entry -> keys(path + entry.getKey(), entry.getValue()));
  }

  private static Stream<String> keys(String path, ConfigValue value) {
    return value instanceof ConfigObject object && !object.isEmpty()
        ? keys(path + ".", object)
        : Stream.of(path);
  }

  /** The key with a value that is wrong for every key. */
  private static String misuse(String key) {
    String wrong = " = [ [ 1 ] ]";
    if (!key.startsWith("defaults.")) {
      return key + wrong;
    }
    String[] parts = key.split("\\.", 3);
    return switch (parts[1]) {
      case "listener" -> "listeners = [ { " + parts[2] + wrong + " } ]";
      case "certificate" ->
          "listeners = [ { tls.certificates = [ { " + parts[2] + wrong + " } ] } ]";
      case "admin-token" -> "admin.tokens = [ { " + parts[2] + wrong + " } ]";
      case "admin-client" -> "admin.tls.clients = [ { " + parts[2] + wrong + " } ]";
      case "upstream" -> "upstreams.u { " + parts[2] + wrong + " }";
      case "server" -> "upstreams.u.servers = [ { " + parts[2] + wrong + " } ]";
      case "host" -> "hosts = [ { " + parts[2] + wrong + " } ]";
      case "route" -> "hosts = [ { routes = [ { " + parts[2] + wrong + " } ] } ]";
      case "share" ->
          "hosts = [ { routes = [ { upstream = [ { " + parts[2] + wrong + " } ] } ] } ]";
      default -> throw new AssertionError("a new template: " + key);
    };
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyIsRead(String key) {
    InvalidSettings invalid =
        catchThrowableOfType(
            InvalidSettings.class,
            () -> SettingsReader.parse("limpet { " + misuse(key) + " }", "x.conf"));
    String last = key.substring(key.lastIndexOf('.') + 1);
    assertThat(invalid.problems())
        .anySatisfy(
            problem -> {
              assertThat(problem.key()).matches(".*\\." + last + "(\\[0])?");
              assertThat(problem.message()).startsWith("expected ");
            });
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyIsInTheManual(String key) throws IOException {
    String manual = Files.readString(Path.of("../../docs/configuration.md"));
    String place =
        key.replaceFirst("^defaults\\.listener\\.", "listeners[].")
            .replaceFirst("^defaults\\.certificate\\.", "listeners[].tls.certificates[].")
            .replaceFirst("^defaults\\.admin-token\\.", "admin.tokens[].")
            .replaceFirst("^defaults\\.admin-client\\.", "admin.tls.clients[].")
            .replaceFirst("^defaults\\.upstream\\.", "upstreams.<name>.")
            .replaceFirst("^defaults\\.server\\.", "upstreams.<name>.servers[].")
            .replaceFirst("^defaults\\.host\\.", "hosts[].")
            .replaceFirst("^defaults\\.route\\.", "hosts[].routes[].")
            .replaceFirst("^defaults\\.share\\.", "hosts[].routes[].upstream[].");
    assertThat(manual).contains("### " + place + "\n");
  }

  @Test
  void everyKeyIsExplainedInTheReference() {
    explained(REFERENCE);
  }

  private static void explained(ConfigObject object) {
    object.forEach(
        (key, value) -> {
          if (value instanceof ConfigObject section && !section.isEmpty()) {
            explained(section);
          } else {
            assertThat(value.origin().comments()).as(key).isNotEmpty();
          }
        });
  }
}
