package dev.limpet.cluster.state;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.List;

/** Finds out, while there is no majority of the nodes, whether there can be one. */
final class MajorityMonitor extends AbstractBehavior<MajorityMonitor.Command> {

  sealed interface Command {}

  /** Whether there is a majority may have changed. */
  record Look() implements Command {}

  private record Again() implements Command {}

  private record Refused(int count) implements Command {}

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final TimerScheduler<Command> timers;
  private final Majority majority;
  private final List<HostPort> peers;
  private final List<HostPort> others;
  private final ActorRef<Majority> listener;

  private MajorityMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Majority majority,
      Settings.Cluster cluster,
      ActorRef<Majority> listener) {
    super(context);
    this.timers = timers;
    this.majority = majority;
    this.peers = cluster.peers();
    this.others = peers.stream().filter(peer -> !peer.equals(cluster.address())).toList();
    this.listener = listener;
    look();
  }

  /**
   * @param listener told whenever the nodes were asked
   */
  static Behavior<Command> create(
      Majority majority, Settings.Cluster cluster, ActorRef<Majority> listener) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new MajorityMonitor(context, timers, majority, cluster, listener)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Look look -> look();
      case Again again ->
          getContext()
              .pipeToSelf(
                  Refusals.count(others),
                  (count, failure) -> new Refused(failure == null ? count : 0));
      case Refused(int count) -> {
        majority.isImpossible(peers.size() - count < peers.size() / 2 + 1);
        look();
        listener.tell(majority);
      }
    }
    return this;
  }

  private void look() {
    if (majority.isThere()) {
      timers.cancel(Again.class);
    } else if (!timers.isTimerActive(Again.class)) {
      timers.startTimerWithFixedDelay(Again.class, new Again(), PAUSE);
    }
  }
}
