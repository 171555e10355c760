package dev.limpet.cluster.sessions;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.cluster.voters.VoterRoll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The actor around {@link Replication}: messages, time and the members come from Akka. */
public final class Replica extends AbstractBehavior<Replica.Command> {

  public sealed interface Command permits Operation, Wire, Tell, Founded, Leave, Own {}

  /** Places that hold, for all nodes to hear when that is convenient. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Tell(long[] entries) implements Command {}

  /**
   * This node is to stop.
   *
   * @param free completed when no majority misses it
   */
  public record Leave(CompletableFuture<?> free) implements Command {}

  /**
   * This node has founded the cluster that it is in.
   *
   * @param electorate those who vote; none where it leaves a cluster for another one
   */
  public record Founded(Electorate electorate) implements Command {}

  private enum Own implements Command {
    FLUSH,
    TELL_LEARNERS,
    RETRY,
    TICK,
    MEMBERS_CHANGED
  }

  /** Whether there is a majority of the nodes to decide anything. */
  public enum Quorum {
    /** One answers. */
    THERE,
    /**
     * One answers, but too few of them hold the table, so that their votes do not count. As this
     * node does hold it, there is no majority anywhere.
     */
    UNSYNCED,
    /** None answers; there may be one elsewhere. */
    LOST
  }

  /** Hears whether this node holds the table together with a majority. */
  public interface Holding {

    /**
     * @param missing until it does, in words for an operator; empty when nothing is
     */
    void waitsFor(String missing, Quorum quorum);
  }

  /** The actor's name at every node. */
  public static final String NAME = "limpet-sessions";

  private static final Set<MemberStatus> GONE =
      Set.of(MemberStatus.down(), MemberStatus.exiting(), MemberStatus.removed());

  /** How long news for nodes that do not vote are collected. */
  private static final Duration COLLECT = Duration.ofMillis(50);

  private final Sessions sessions;
  private final Cluster cluster;
  private final boolean fixed;
  private final Replication replication;
  private @Nullable CompletableFuture<?> waitsToLeave;

  private Replica(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Sessions sessions,
      VoterRoll roll,
      Holding holding) {
    super(context);
    this.sessions = sessions;
    this.cluster = Cluster.get(context.getSystem());
    this.fixed = roll.electorate().isFixed();
    this.replication =
        new Replication(
            sessions,
            cluster.selfMember().uniqueAddress().longUid(),
            roll,
            () -> cluster.selfMember().status().equals(MemberStatus.up()),
            new AkkaTimers(context.getSelf(), timers),
            holding);
    timers.startTimerWithFixedDelay(Own.TICK, Replication.TICK);
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(ClusterEvent.ClusterDomainEvent.class, event -> Own.MEMBERS_CHANGED);
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
    sessions.replicateBy(context.getSelf()::tell);
  }

  private record AkkaTimers(ActorRef<Command> self, TimerScheduler<Command> timers)
      implements Replication.Timers {

    @Override
    public void flushSoon() {
      self.tell(Own.FLUSH);
    }

    @Override
    public void retry(long fromMillis, long toMillis) {
      long millis = ThreadLocalRandom.current().nextLong(fromMillis, toMillis);
      timers.startSingleTimer(Own.RETRY, Duration.ofMillis(millis));
    }

    @Override
    public void tellLearners() {
      timers.startSingleTimer(Own.TELL_LEARNERS, COLLECT);
    }
  }

  /**
   * @param roll who votes, as far as this node knows
   * @param holding told of each change
   */
  public static Behavior<Command> create(Sessions sessions, VoterRoll roll, Holding holding) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new Replica(context, timers, sessions, roll, holding)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(
            PostStop.class,
            stop -> {
              sessions.replicateByNone();
              return this;
            })
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Operation operation -> replication.perform(operation);
      case Tell news -> replication.tell(news);
      case Wire message -> replication.onMessage(message);
      case Founded(Electorate electorate) -> replication.found(electorate);
      case Own.TELL_LEARNERS -> replication.tellLearners();
      case Own.FLUSH -> replication.flush();
      case Own.RETRY -> replication.retry();
      case Leave(CompletableFuture<?> free) -> {
        waitsToLeave = free;
        freeIfPossible();
      }
      case Own.TICK -> {
        replication.tick();
        freeIfPossible();
      }
      case Own.MEMBERS_CHANGED -> onMembers();
    }
    return this;
  }

  private void freeIfPossible() {
    if (waitsToLeave != null && replication.mayLeave()) {
      waitsToLeave.complete(null);
      waitsToLeave = null;
    }
  }

  private void onMembers() {
    ClusterEvent.CurrentClusterState state = cluster.state();
    List<Peers.Node> nodes = new ArrayList<>();
    for (Member member : state.getMembers()) {
      if (!GONE.contains(member.status())) {
        boolean reachable =
            member.status().equals(MemberStatus.up()) && !state.getUnreachable().contains(member);
        nodes.add(
            new Peers.Node(
                member.uniqueAddress().longUid(),
                MemberId.of(member, fixed),
                MemberId.address(member),
                reachable,
                link(member)));
      }
    }
    replication.update(nodes);
  }

  private Consumer<Wire> link(Member member) {
    return ActorRefResolver.get(getContext().getSystem())
            .<Command>resolveActorRef(member.address() + "/system/" + NAME)
        ::tell;
  }
}
