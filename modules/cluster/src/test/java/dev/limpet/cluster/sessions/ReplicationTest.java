package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.cluster.sessions.Replica.Quorum;
import dev.limpet.cluster.sessions.Wire.Step;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One node among scripted others. */
class ReplicationTest {

  private static final SessionKey KEY = new SessionKey(7, 8);
  private static final long SELF = 1;
  private static final Electorate ALONE = Electorate.founded(1, List.of(id(SELF)));
  private static final Electorate THREE = ALONE.with(id(2)).with(id(3));

  private final ClusterClock clock = new ClusterClock(() -> 1_700_000_000_000L, () -> 1_000L);
  private final Sessions sessions = new Sessions(clock, 1_000);
  private final List<Wire> sent = new ArrayList<>();
  private final List<Quorum> quorums = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final Replication node =
      new Replication(
          sessions,
          SELF,
          new VoterRoll(id(SELF), 3, Duration.ofMinutes(1), Electorate.NONE),
          () -> true,
          new OnDemand(),
          (what, quorum) -> {
            missing.add(what);
            quorums.add(quorum);
          });

  private static final class OnDemand implements Replication.Timers {
    @Override
    public void flushSoon() {}

    @Override
    public void tellLearners() {}

    @Override
    public void retry(long fromMillis, long toMillis) {}
  }

  /**
   * Two nodes that were removed from the cluster, because they do not reach one another, and have
   * joined again: they answer, and cannot get the table as long as that lasts.
   */
  @Test
  void nobodyWaitsForAMajorityThatDoesNotHoldTheTable() {
    node.tick();
    assertThat(missing).containsExactly("word of who votes, from a node that does");
    node.found(ALONE);
    node.tick();
    assertThat(missing).last().isEqualTo("");
    node.update(List.of(member(SELF), member(2), member(3)));
    node.onMessage(
        new Wire.Election(
            new Wire.Envelope(2, SELF, THREE.epoch()), Step.ELECTED, 0, 0, THREE.voters()));
    node.onMessage(heartbeat(2, false));
    node.onMessage(heartbeat(3, false));

    assertThat(quorums).last().isEqualTo(Quorum.UNSYNCED);
    assertThat(missing)
        .last()
        .isEqualTo("a majority of the nodes that holds the session table: 2 are needed");
    assertThat(ask()).isCompletedWithValue(Optional.empty());
    assertThat(sent).noneMatch(Wire.Prepare.class::isInstance);

    node.onMessage(heartbeat(3, true));
    assertThat(quorums).last().isEqualTo(Quorum.THERE);
    CompletableFuture<Optional<Placement>> answer = ask();
    node.flush();
    assertThat(answer).isNotDone();
    assertThat(sent).anyMatch(Wire.Prepare.class::isInstance);
  }

  private CompletableFuture<Optional<Placement>> ask() {
    CompletableFuture<Optional<Placement>> answer = new CompletableFuture<>();
    node.perform(new Operation.Ask(KEY, 60_000, answer));
    return answer;
  }

  private Wire heartbeat(long from, boolean synced) {
    return new Wire.Heartbeat(
        new Wire.Envelope(from, SELF, THREE.epoch()),
        1,
        clock.millis(),
        true,
        synced,
        false,
        new long[0],
        0,
        0,
        false,
        false,
        false);
  }

  private Peers.Node member(long uid) {
    return new Peers.Node(uid, id(uid), new HostPort(id(uid), 1), true, sent::add);
  }

  private static String id(long uid) {
    return "node-" + uid;
  }
}
