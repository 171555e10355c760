package dev.limpet.cluster.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.state.ServerSource;
import dev.limpet.model.state.ServerSource.Answer;
import dev.limpet.model.state.ServerSource.FoundServer;
import dev.limpet.model.state.ServerSource.Standing;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Who is there, who leaves, and for how long. */
class FoundServersTest {

  private static final Duration DRAIN = Duration.ofSeconds(30);

  private static final ServerSource SILENT =
      new ServerSource() {
        @Override
        public CompletionStage<Answer> ask() {
          return new CompletableFuture<>();
        }

        @Override
        public void close() {}
      };

  private final FoundServers servers =
      new FoundServers(
          "app",
          new Discovery.Kubernetes(
              Optional.of("app"),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              DRAIN,
              0,
              Duration.ZERO),
          SILENT,
          null);

  private static FoundServer server(int number, Standing standing) {
    return new FoundServer(new HostPort("10.0.0." + number, 80), 1, false, "", standing);
  }

  private void hear(int seconds, FoundServer... found) {
    servers.hear(new Answer(Optional.of(Arrays.asList(found)), "", Duration.ZERO), nanos(seconds));
    servers.forgetLeavers(nanos(seconds));
  }

  private static long nanos(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  /** The last octets of their addresses, and whether they leave. */
  private Map<String, Boolean> leaving() {
    Map<String, Boolean> leaving = new TreeMap<>();
    servers
        .servers()
        .forEach(
            found ->
                leaving.put(
                    found.server().address().host().substring("10.0.0.".length()),
                    found.leaving()));
    return leaving;
  }

  @Test
  void whoIsAboutToEndLeavesUntilItHasEnded() {
    hear(0, server(1, Standing.READY), server(2, Standing.READY));
    hear(1, server(1, Standing.TERMINATING), server(2, Standing.READY));
    assertThat(leaving()).isEqualTo(Map.of("1", true, "2", false));
    hear(500, server(1, Standing.TERMINATING), server(2, Standing.READY));
    assertThat(leaving()).as("however long it takes").isEqualTo(Map.of("1", true, "2", false));
    hear(501, server(2, Standing.READY));
    assertThat(leaving()).as("its address may be another's now").isEqualTo(Map.of("2", false));
  }

  @Test
  void whoIsAboutToEndAndWasNotKnownHasClientsOfOtherNodes() {
    hear(0, server(1, Standing.TERMINATING));
    assertThat(leaving()).isEqualTo(Map.of("1", true));
  }

  @Test
  void whoIsNotReadyLeavesForSomeTime() {
    hear(0, server(1, Standing.READY), server(2, Standing.NOT_READY));
    assertThat(leaving()).as("the other one has no clients").isEqualTo(Map.of("1", false));
    hear(10, server(1, Standing.NOT_READY));
    hear(25, server(1, Standing.NOT_READY));
    assertThat(leaving()).isEqualTo(Map.of("1", true));
    assertThat(servers.forgetLeavers(nanos(25))).contains(Duration.ofSeconds(15));
    assertThat(servers.forgetLeavers(nanos(40))).isEmpty();
    assertThat(leaving()).isEmpty();
    hear(50, server(1, Standing.NOT_READY));
    assertThat(leaving()).isEmpty();
    hear(60, server(1, Standing.READY));
    assertThat(leaving()).isEqualTo(Map.of("1", false));
  }

  @Test
  void whoIsReadyAgainStays() {
    hear(0, server(1, Standing.READY));
    hear(10, server(1, Standing.NOT_READY));
    hear(20, server(1, Standing.READY));
    assertThat(servers.forgetLeavers(nanos(100))).isEmpty();
    assertThat(leaving()).isEqualTo(Map.of("1", false));
  }

  @Test
  void whoIsNotFoundAnyMoreLeavesForSomeTime() {
    hear(0, server(1, Standing.READY), server(2, Standing.READY));
    hear(10, server(2, Standing.READY));
    assertThat(leaving()).isEqualTo(Map.of("1", true, "2", false));
    hear(40, server(2, Standing.READY));
    assertThat(leaving()).isEqualTo(Map.of("2", false));
  }

  @Test
  void whereNobodyCouldSayTheLastAnswerCounts() {
    hear(0, server(1, Standing.READY));
    servers.hear(new Answer(Optional.empty(), "away", Duration.ZERO), nanos(100));
    assertThat(servers.isInTrouble()).isTrue();
    assertThat(leaving()).isEqualTo(Map.of("1", false));
    servers.hear(new Answer(Optional.of(List.of()), "no such Service", Duration.ZERO), nanos(200));
    assertThat(leaving()).isEqualTo(Map.of("1", true));
  }
}
