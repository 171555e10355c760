package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.model.secret.Secret;
import dev.limpet.model.settings.RequestIds;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.Tracing;
import dev.limpet.model.settings.Trust;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Request ids and traces, as the file says them. */
class TracingSettingsTest {

  private static final String ENDPOINT = "limpet.tracing.endpoint = \"http://otel:4318/v1/traces\"";

  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();

  @Test
  void requestsHaveIdsUnlessTheyAreOff() throws InvalidSettings {
    assertThat(SmallestSettings.with("").requestId())
        .contains(new RequestIds("X-Request-Id", Trust.PROXIES));
    assertThat(SmallestSettings.with("limpet.request-id = off").requestId()).isEmpty();
    assertThat(
            SmallestSettings.with("limpet.request-id { header = x-trace, trust = always }")
                .requestId())
        .contains(new RequestIds("x-trace", Trust.ALWAYS));
  }

  @Test
  void tracesAreThereOnlyWhereTheyAreSet() throws Exception {
    assertThat(SmallestSettings.with("").tracing()).isEmpty();
    assertThat(SmallestSettings.with(ENDPOINT).tracing())
        .contains(
            new Tracing(
                URI.create("http://otel:4318/v1/traces"),
                0.01,
                Trust.PROXIES,
                new TreeMap<>(),
                Optional.empty(),
                "limpet"));
    assertThat(SmallestSettings.with(ENDPOINT + "\nlimpet.tracing = off").tracing()).isEmpty();
    Tracing read =
        read("limpet.tracing { endpoint = \"https://[::1]/otlp/v1/traces\", sample = 100%,"
                + " trust = never, service = edge, ca = ca.pem,"
                + " headers { authorization = \"file:token\" } }")
            .tracing()
            .orElseThrow();
    assertThat(read.endpoint()).hasToString("https://[::1]/otlp/v1/traces");
    assertThat(read.sample()).isEqualTo(1);
    assertThat(read.ca()).contains(directory.resolve("ca.pem"));
    assertThat(read.headers()).isEqualTo(Map.of("authorization", new Secret("Bearer hunter2")));
    assertThat(read).asString().doesNotContain("hunter2");
  }

  @Test
  void thePortOfGrpcIsWarnedOf() throws Exception {
    read("limpet.tracing.endpoint = \"http://otel:4317/v1/traces\"");
    assertThat(warnings).singleElement().asString().contains("limpet.tracing.endpoint", "gRPC");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '\0',
      value = {
        "tracing {} => limpet.tracing.endpoint: missing; this key is required",
        "tracing.endpoint = \"otel:4318\" => limpet.tracing.endpoint: expected an address such as",
        "tracing.endpoint = \"grpc://otel:4317\" => limpet.tracing.endpoint: expected an address such as",
        "tracing.endpoint = \"http://user:pw@otel/v1/traces\" => expected an address such as",
        "tracing.endpoint = \"http://otel:99999/v1/traces\" => expected an address such as",
        "tracing.endpoint = \"http://a_b/v1/traces\" => expected an address such as",
        "tracing.endpoint = \"http://otel/v1/tr{aces\" => expected an address such as",
        "tracing.endpoint = \"http://otel/v1/traces?key=1\" => expected an address such as",
        "tracing.endpoint = \"http://otel:4318\" => \"http://otel:4318\" has no path; collectors take"
            + " traces at \"http://otel:4318/v1/traces\"",
        "tracing.endpoint = \"http://otel:4318/\" => take traces at \"http://otel:4318/v1/traces\"",
        "tracing { endpoint = \"http://otel/v1/traces\", sample = 2 } => limpet.tracing.sample: expected"
            + " a percentage such as 20%",
        "tracing { endpoint = \"http://otel/v1/traces\", trust = all } => limpet.tracing.trust: expected"
            + " one of proxies, always, never",
        "tracing { endpoint = \"http://otel/v1/traces\", service = \"\" } => limpet.tracing.service:"
            + " expected a name",
        "tracing { endpoint = \"http://otel/v1/traces\", headers { authorization = hunter2 } } =>"
            + " limpet.tracing.headers.authorization: expected \"file:<path>\" or \"env:<name>\"",
        "tracing { endpoint = \"http://otel/v1/traces\", headers { authorization = \"env:LIMPET_NO\" } }"
            + " => limpet.tracing.headers.authorization: the environment has no LIMPET_NO",
        "tracing { endpoint = \"http://otel/v1/traces\", headers { \"a b\" = \"env:PATH\" } } => expected"
            + " a header's name, not \"a b\"",
        "tracing { endpoint = \"http://otel/v1/traces\", headers { Host = \"env:PATH\" } } =>"
            + " limpet.tracing.headers.Host: the exporter sets this header itself",
        "tracing { endpoint = \"https://otel/v1/traces\", ca = \"/no/such\" } => limpet.tracing.ca: there"
            + " is no file /no/such",
        "request-id.header = \"a b\" => limpet.request-id.header: expected a header's name, not \"a b\"",
        "request-id.header = Host => limpet.request-id.header: \"Host\" carries something else already",
        "request-id.header = X-Forwarded-For => \"X-Forwarded-For\" carries something else already",
        "request-id.trust = proxis => limpet.request-id.trust: expected one of proxies, always, never, not"
            + " \"proxis\"; did you mean \"proxies\"?",
      })
  void oneMistakeIsOneProblemOnItsLine(String line, String message) {
    assertThat(SmallestSettings.refusal(SmallestSettings.TEXT + "limpet." + line))
        .startsWith("x.conf:6: ")
        .contains(message)
        .hasLineCount(1);
  }

  @Test
  void mistakesInAHeadersFileAreToldAndNotRepeated() throws Exception {
    Files.writeString(directory.resolve("two"), "hunter2\nhunter3");
    assertThat(mistake(ENDPOINT + "\nlimpet.tracing.headers.authorization = \"file:two\""))
        .contains("\"file:two\" holds no header's value")
        .doesNotContain("hunter");
    assertThat(mistake(ENDPOINT + "\nlimpet.tracing.ca = ca.pem"))
        .contains("limpet.tracing.ca: only goes with an endpoint of https");
  }

  @Test
  void allOfItMayChangeWithoutARestartAndSecretsAreNotTold() throws Exception {
    Settings before =
        read(ENDPOINT + "\nlimpet.tracing.headers { authorization = \"file:token\" }");
    Files.writeString(directory.resolve("token"), "Bearer hunter3");
    Settings after =
        read(
            "limpet.request-id.trust = never\n"
                + ENDPOINT
                + "\nlimpet.tracing { sample = 5%, headers { authorization = \"file:token\" } }");
    assertThat(Changes.between(before, after))
        .containsExactly(
            "request-id.trust: proxies -> never",
            "tracing.sample: 0.01 -> 0.05",
            "tracing.headers.authorization: another secret");
    assertThat(Changes.applicable(before, after)).isEqualTo(after);
  }

  private Settings read(String text) throws Exception {
    return SettingsReader.read(file(text), warning -> warnings.add(warning.toString()));
  }

  private String mistake(String text) throws Exception {
    Path file = file(text);
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(file));
    assertThat(invalid.problems()).extracting(Problem::message).hasSize(1);
    return String.valueOf(invalid.getMessage());
  }

  private Path file(String text) throws Exception {
    if (!Files.exists(directory.resolve("token"))) {
      Files.writeString(directory.resolve("token"), "Bearer hunter2\n");
      Files.writeString(directory.resolve("ca.pem"), "");
    }
    return Files.writeString(
        directory.resolve("a.conf"), SmallestSettings.TEXT + "limpet.node.name = a\n" + text);
  }
}
