package dev.limpet.admin.events;

import static dev.limpet.model.live.Event.Severity.INFO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.live.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogTest {

  private final EventLog log = new EventLog();
  private final List<Event> heard = new ArrayList<>();

  private static Event event(long millis, String node, String text) {
    return new Event(millis, node, INFO, "server-up", "app/a", text);
  }

  @Test
  void eventsAreOrderedByTimeHoweverTheyCome() {
    for (long millis : new long[] {30_000, 10_000, 40_000, 20_000}) {
      log.add(event(millis, "edge-1", "at " + millis));
    }
    assertThat(log.newestFirst())
        .extracting(Event::epochMillis)
        .containsExactly(40_000L, 30_000L, 20_000L, 10_000L);
  }

  @Test
  void whatAllNodesNoticeIsThereOnce() {
    log.listen(heard::add);
    log.add(event(10_000, "edge-1", "up"));
    log.add(event(10_800, "edge-2", "up"));
    log.add(event(9_100, "edge-3", "up"));
    assertThat(log.newestFirst()).hasSize(1).isEqualTo(heard);
  }

  @Test
  void whatOneNodeNoticesAgainIsThereAgain() {
    log.add(event(10_000, "edge-1", "up"));
    log.add(event(10_500, "edge-1", "up"));
    log.add(event(10_500, "edge-1", "up"));
    log.add(event(20_000, "edge-2", "up"));
    assertThat(log.newestFirst()).hasSize(3);
  }

  @Test
  void onlyTheLastThousandAreKept() {
    for (int i = 0; i < 1_500; i++) {
      log.add(event(10_000L + i, "edge-1", "event " + i));
    }
    log.add(event(5, "edge-1", "too old"));
    assertThat(log.newestFirst())
        .hasSize(EventLog.MOST)
        .startsWith(event(11_499, "edge-1", "event 1499"))
        .endsWith(event(10_500, "edge-1", "event 500"));
  }

  @Test
  void eventsOfOtherNodesAreWhatTheyWere() throws Exception {
    List<Event> events = List.of(event(10_000, "edge-1", "\"up\"\n"), event(11_000, "é", ""));
    assertThat(EventJson.read(EventJson.bytes(events), 20_000)).isEqualTo(events);
  }

  @Test
  void whatCannotBeAnEventIsLeftOut() throws Exception {
    String json =
        """
        [{"time": 30000, "node": "a", "severity": "info", "kind": "k", "text": "of tomorrow"},
         {"time": 1, "node": "a", "severity": "fatal", "kind": "k"},
         {"time": 1, "node": "a", "severity": "info", "kind": "<script>"},
         {"time": 1, "severity": "info", "kind": "long", "text": "%s"},
         {"time": "x"}, 7, null, []]
        """
            .formatted("x".repeat(5_000));
    List<Event> read = EventJson.read(json.getBytes(StandardCharsets.UTF_8), 20_000);
    assertThat(read).hasSize(1);
    assertThat(read.getFirst().text()).hasSize(2_000);
    for (String bad : List.of("", "{}", "7", "[", "[{\"time\":")) {
      assertThatThrownBy(() -> EventJson.read(bad.getBytes(StandardCharsets.UTF_8), 20_000))
          .as(bad)
          .isInstanceOf(IOException.class);
    }
  }
}
