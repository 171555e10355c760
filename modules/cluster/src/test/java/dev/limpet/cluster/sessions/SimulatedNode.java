package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process: the real session table, with a clock that counts at a speed of its own, and as long
 * as it is in the cluster the real {@link Replication}.
 */
final class SimulatedNode implements Replication.Timers {

  private final Simulation simulation;
  private final int seat;
  private final double speed;
  private final long base;
  private final Sessions sessions;
  private final VoterRoll roll;
  private @Nullable Replication replication;
  private long uid;
  private long failures;
  private boolean up;
  private boolean ready;
  private boolean dead;

  /**
   * @param disk what is left of the process that was here before; null where nothing is kept
   */
  SimulatedNode(Simulation simulation, int seat, VoterRoll roll, @Nullable SimulatedDisk disk) {
    this.simulation = simulation;
    this.seat = seat;
    this.roll = roll;
    // Leases allow for clocks that differ by a tenth.
    this.speed = 0.96 + 0.08 * simulation.random().nextDouble();
    this.base = simulation.random().nextLong(1L << 50);
    long wallClock = 1_700_000_000_000L + simulation.random().nextLong(-3_600_000, 3_600_000);
    this.sessions =
        new Sessions(
            new ClusterClock(
                () -> disk == null ? wallClock : disk.wallClock(simulation.now()), this::nanos),
            1_000);
    if (disk != null) {
      disk.read(sessions);
      simulation.at(this, SimulatedDisk.PERIOD / (seat + 1), () -> keep(disk));
    }
  }

  Sessions sessions() {
    return sessions;
  }

  VoterRoll roll() {
    return roll;
  }

  int seat() {
    return seat;
  }

  long uid() {
    return uid;
  }

  boolean isDead() {
    return dead;
  }

  /** Whether it is a member, of which it may not have heard. */
  boolean isUp() {
    return up;
  }

  boolean isReady() {
    return ready && !dead;
  }

  /** Something happens at this node. */
  void begin() {
    failures = sessions.counters().quorumFailureCount();
  }

  /** Whether an operation was answered without a majority since {@link #begin}. */
  boolean hasJustFailed() {
    return failures != sessions.counters().quorumFailureCount();
  }

  /** Begins a life in the cluster; the process may have had one before. */
  void join(long newUid) {
    uid = newUid;
    Replication next =
        new Replication(
            sessions, newUid, roll, () -> up, this, (missing, quorum) -> ready = missing.isEmpty());
    replication = next;
    sessions.replicateBy(command -> later(0, () -> onCommand(command)));
    tick(next);
  }

  /** It has founded the cluster, unless that was in an earlier life. */
  void found(Electorate electorate, long inLife) {
    if (replication != null && uid == inLife) {
      replication.found(electorate);
    }
  }

  boolean mayLeave() {
    return replication == null || replication.mayLeave();
  }

  void members(List<Peers.Node> members) {
    up = members.stream().anyMatch(member -> member.uid() == uid);
    if (replication != null) {
      replication.update(members);
    }
  }

  /** The others have removed it: it ends its life in the cluster, and goes on serving. */
  void leave() {
    replication = null;
    up = false;
    ready = false;
    sessions.replicateByNone();
  }

  void die() {
    dead = true;
    up = false;
    ready = false;
    replication = null;
  }

  @Override
  public void flushSoon() {
    onOwn(0, Replication::flush);
  }

  @Override
  public void retry(long fromMillis, long toMillis) {
    long millis = simulation.random().nextLong(fromMillis, toMillis);
    onOwn(millis * SimulatedPlan.MILLI, Replication::retry);
  }

  @Override
  public void tellLearners() {
    onOwn(50 * SimulatedPlan.MILLI, Replication::tellLearners);
  }

  void receive(Wire message) {
    if (replication != null) {
      replication.onMessage(message);
    }
  }

  private void keep(SimulatedDisk disk) {
    disk.write(sessions);
    simulation.at(this, SimulatedDisk.PERIOD, () -> keep(disk));
  }

  private long nanos() {
    return base + (long) (simulation.now() * speed);
  }

  private void onCommand(Replica.Command command) {
    Replication current = replication;
    if (current != null) {
      switch (command) {
        case Operation operation -> current.perform(operation);
        case Replica.Tell news -> current.tell(news);
        default -> throw new IllegalStateException("no such command: " + command);
      }
    }
  }

  private void tick(Replication life) {
    if (life == replication) {
      life.tick();
      later(Replication.TICK.toNanos(), () -> tick(life));
    }
  }

  /** As from a mailbox: only the life that asked for it gets it. */
  private void onOwn(long nanos, Consumer<Replication> call) {
    Replication life = replication;
    later(
        nanos,
        () -> {
          if (life != null && life == replication) {
            call.accept(life);
          }
        });
  }

  private void later(long nanos, Runnable run) {
    simulation.at(this, (long) (nanos / speed) + simulation.random().nextLong(1, 20_000), run);
  }
}
