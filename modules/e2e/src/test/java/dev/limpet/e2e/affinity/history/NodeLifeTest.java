package dev.limpet.e2e.affinity.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NodeLifeTest {

  private static final List<Poll> POLLS =
      List.of(
          new Poll(0, 1, true, false),
          new Poll(10, 11, true, true),
          new Poll(20, 21, true, true),
          new Poll(30, 40, false, false),
          new Poll(50, 51, true, true),
          new Poll(60, 61, true, true));

  @Test
  void aNodeIsReadyBetweenPollsThatSaySo() {
    NodeLife life = new NodeLife(POLLS, List.of());
    assertThat(life.ready(12, 15)).isTrue();
    assertThat(life.ready(12, 20)).isTrue();
    assertThat(life.ready(52, 59)).isTrue();
  }

  @Test
  void aPollThatDoesNotSaySoBeforeOrAfterOrBetweenMakesItNotReady() {
    NodeLife life = new NodeLife(POLLS, List.of());
    assertThat(life.ready(5, 8)).isFalse();
    assertThat(life.ready(22, 25)).isFalse();
    assertThat(life.ready(22, 55)).isFalse();
    assertThat(life.ready(41, 45)).isFalse();
  }

  @Test
  void aPollThatIsUnderWayProvesNothing() {
    NodeLife life = new NodeLife(POLLS, List.of());
    assertThat(life.ready(10, 15)).isFalse();
    assertThat(life.ready(55, 61)).isFalse();
  }

  @Test
  void withoutAPollBeforeAndAfterItIsNotReady() {
    NodeLife life = new NodeLife(POLLS, List.of());
    assertThat(life.ready(-5, 15)).isFalse();
    assertThat(life.ready(62, 63)).isFalse();
    assertThat(new NodeLife(List.of(), List.of()).ready(1, 2)).isFalse();
  }

  @Test
  void aNodeThatIsOffIsNotReadyWhateverItSays() {
    NodeLife life = new NodeLife(POLLS, List.of(new Span(13, 14, "freeze")));
    assertThat(life.ready(12, 15)).isFalse();
    assertThat(life.ready(15, 16)).isTrue();
  }
}
