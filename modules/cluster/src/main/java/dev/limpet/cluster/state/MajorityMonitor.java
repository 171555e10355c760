package dev.limpet.cluster.state;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Finds out, while there is no majority of the nodes, whether there can be one. */
final class MajorityMonitor extends AbstractBehavior<MajorityMonitor.Command> {

  sealed interface Command {}

  /** Whether there is a majority may have changed. */
  record Look() implements Command {}

  private record Again() implements Command {}

  private record Refused(Electorate electorate, int count) implements Command {}

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final TimerScheduler<Command> timers;
  private final Majority majority;
  private final VoterRoll voters;
  private final Map<String, HostPort> lastSeen;
  private final ActorRef<Majority> listener;

  private MajorityMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Majority majority,
      VoterRoll voters,
      Map<String, HostPort> lastSeen,
      ActorRef<Majority> listener) {
    super(context);
    this.timers = timers;
    this.majority = majority;
    this.voters = voters;
    this.lastSeen = lastSeen;
    this.listener = listener;
    look();
  }

  /**
   * @param lastSeen where nodes are, or were, by their ids; any thread may change it
   * @param listener told whenever the nodes were asked
   */
  static Behavior<Command> create(
      Majority majority,
      VoterRoll voters,
      Map<String, HostPort> lastSeen,
      ActorRef<Majority> listener) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new MajorityMonitor(context, timers, majority, voters, lastSeen, listener)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Look look -> look();
      case Again again -> ask();
      case Refused(Electorate electorate, int count) -> {
        majority.isImpossible(electorate.voters().size() - count < electorate.majority());
        look();
        listener.tell(majority);
      }
    }
    return this;
  }

  private void ask() {
    Electorate electorate = voters.electorate();
    List<HostPort> others =
        electorate.voters().stream()
            .filter(voter -> !voter.equals(voters.self()))
            .map(lastSeen::get)
            .filter(Objects::nonNull)
            .toList();
    getContext()
        .pipeToSelf(
            Refusals.count(others),
            (count, failure) -> new Refused(electorate, failure == null ? count : 0));
  }

  private void look() {
    if (majority.isThere()) {
      timers.cancel(Again.class);
    } else if (!timers.isTimerActive(Again.class)) {
      timers.startTimerWithFixedDelay(Again.class, new Again(), PAUSE);
    }
  }
}
