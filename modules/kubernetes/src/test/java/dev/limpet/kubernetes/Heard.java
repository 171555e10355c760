package dev.limpet.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.ServerSource;
import dev.limpet.model.state.ServerSource.FoundServer;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A source that is asked again and again. */
final class Heard {

  final ServerSource source;
  private final List<String> troubles = new ArrayList<>();
  private List<FoundServer> servers = List.of();

  Heard(ServerSource source) {
    this.source = source;
    ask();
  }

  private void ask() {
    source.ask().thenAccept(this::hear);
  }

  private void hear(ServerSource.Answer answer) {
    synchronized (this) {
      answer.servers().ifPresent(found -> servers = found);
      troubles.add(answer.trouble());
    }
    ask();
  }

  synchronized List<String> addresses() {
    return servers.stream().map(found -> found.address().toString()).toList();
  }

  /** The last one; empty when all is well. */
  synchronized String trouble() {
    return troubles.isEmpty() ? "not asked yet" : troubles.getLast();
  }

  synchronized long timesInTrouble() {
    return troubles.stream().filter(trouble -> !trouble.isEmpty()).count();
  }

  void await(String... addresses) {
    Awaitility.await()
        .untilAsserted(
            () -> {
              assertThat(addresses()).containsExactly(addresses);
              assertThat(trouble()).isEmpty();
            });
  }

  void awaitTrouble(String words) {
    Awaitility.await().untilAsserted(() -> assertThat(trouble()).contains(words));
  }
}
