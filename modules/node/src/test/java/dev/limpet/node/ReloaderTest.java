package dev.limpet.node;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.admin.Reloads;
import dev.limpet.admin.changes.Candidates;
import dev.limpet.model.changes.Edit;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is read again, and changes made at run time. */
class ReloaderTest {

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final SettingPath WEIGHT =
      SettingPath.server("app", "10.0.0.1:80").child("weight");

  private final Path file;
  private final List<Settings> served = Collections.synchronizedList(new ArrayList<>());
  private final Reloader reloader;

  /** What serving waits for. */
  private volatile CompletableFuture<?> gate = CompletableFuture.completedFuture(null);

  ReloaderTest(@TempDir Path directory) throws IOException, InvalidSettings {
    file = directory.resolve("limpet.conf");
    write("{ address = \"10.0.0.1:80\" }, { address = \"10.0.0.2:80\" }");
    SettingsFile read = SettingsReader.open(file);
    reloader =
        new Reloader(
            file,
            read,
            read.read().settings(),
            settings -> {
              served.add(settings);
              return gate;
            },
            server -> List.of(),
            Supervisor.of(Map.of()));
  }

  private void write(String servers) throws IOException {
    Files.writeString(
        file,
        """
        limpet {
          node.name = n
          listeners = [ { name = http, bind = "127.0.0.1:8080" } ]
          upstreams.app.servers = [ %s ]
          hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
        }
        """
            .formatted(servers));
  }

  private static Overlay overlay(SettingPath path, String json) {
    TreeMap<SettingPath, Overlay.Value> values = new TreeMap<>();
    values.put(path, new Overlay.Value(json, 1, "c1", 1000));
    return new Overlay(values);
  }

  private static List<Integer> weights(Settings settings) {
    return requireNonNull(settings.upstreams().get("app")).servers().stream()
        .map(Server::weight)
        .toList();
  }

  private void awaitWeights(Integer... weights) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(weights(reloader.current())).containsExactly(weights));
  }

  private Reloads.Outcome reload() {
    return reloader.reload().toCompletableFuture().join();
  }

  @Test
  void aReloadKeepsChanges() throws IOException {
    reloader.apply(overlay(WEIGHT, "7"));
    awaitWeights(7, 1);
    write("{ address = \"10.0.0.1:80\", weight = 2 }, { address = \"10.0.0.2:80\", weight = 3 }");
    Reloads.Outcome outcome = reload();
    assertThat(outcome.changes())
        .containsExactly("upstreams.app.servers[app/10.0.0.2:80].weight: 1 -> 3");
    assertThat(outcome.withoutEffect()).isEmpty();
    awaitWeights(7, 3);
    assertThat(weights(reloader.file())).containsExactly(2, 3);
    reloader.apply(Overlay.EMPTY);
    awaitWeights(2, 3);
    assertThat(weights(served.getLast())).containsExactly(2, 3);
  }

  @Test
  void aChangeWhoseServerTheFileHasNoMoreIsReportedAndComesBackWithIt() throws IOException {
    reloader.apply(overlay(WEIGHT, "7"));
    awaitWeights(7, 1);
    write("{ address = \"10.0.0.2:80\" }");
    assertThat(reload().withoutEffect())
        .containsExactly(
            "the change c1 to server app/10.0.0.1:80 has no effect: there is no such server in the"
                + " settings");
    awaitWeights(1);
    write("{ address = \"10.0.0.1:80\" }");
    assertThat(reload().withoutEffect()).isEmpty();
    awaitWeights(7);
  }

  @Test
  void aFileWithMistakesChangesNothing() throws IOException {
    reloader.apply(overlay(WEIGHT, "7"));
    awaitWeights(7, 1);
    write("{ address = nowhere }");
    assertThat(reload().mistakes()).hasSize(1);
    reloader.apply(overlay(WEIGHT, "8"));
    awaitWeights(8, 1);
  }

  @Test
  void changesThatComeMeanwhileAreAppliedTogether() {
    CompletableFuture<Void> held = new CompletableFuture<>();
    gate = held;
    reloader.apply(overlay(WEIGHT, "2"));
    await().atMost(PATIENCE).until(() -> served.size() == 1);
    for (int weight = 3; weight < 100; weight++) {
      reloader.apply(overlay(WEIGHT, Integer.toString(weight)));
    }
    assertThat(reloader.preview(overlay(WEIGHT, "5")).toCompletableFuture().join().mistakes())
        .as("nobody who asks waits")
        .isEmpty();
    gate = CompletableFuture.completedFuture(null);
    held.complete(null);
    awaitWeights(99, 1);
    assertThat(served).hasSize(2);
  }

  @Test
  void aCandidateIsJudgedByWhatItChanges() {
    Overlay made = overlay(WEIGHT, "5000");
    Candidates.Outcome good =
        outcome(made, SettingPath.server("app", "10.0.0.2:80").child("weight"), "3");
    assertThat(good.mistakes()).isEmpty();
    assertThat(good.changes())
        .containsExactly("upstreams.app.servers[app/10.0.0.2:80].weight: 1 -> 3");
    assertThat(good.withoutEffect())
        .extracting(Candidates.WithoutEffect::change)
        .containsExactly("c1");
    assertThat(weights(good.settings().orElseThrow())).containsExactly(1, 3);

    Candidates.Outcome bad = outcome(Overlay.EMPTY, WEIGHT, "5000");
    assertThat(bad.settings()).isEmpty();
    assertThat(bad.mistakes())
        .containsExactly(
            new Candidates.Mistake(
                Optional.of(WEIGHT),
                "limpet.upstreams.app.servers[0].weight",
                "5000 is out of range: it must be between 1 and 1000"));

    Candidates.Outcome lost =
        outcome(Overlay.EMPTY, SettingPath.server("app", "10.0.0.9:80").child("weight"), "3");
    assertThat(lost.withoutEffect())
        .extracting(Candidates.WithoutEffect::change)
        .containsExactly("");
  }

  private Candidates.Outcome outcome(Overlay made, SettingPath path, String json) {
    return reloader
        .preview(made.with(List.of(new Edit(path, json)), 2000))
        .toCompletableFuture()
        .join();
  }
}
