package dev.limpet.cluster.downing;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.Reachability;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.downing.Survivors.Blame;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.MemberId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Takes out of the membership who is not reached any more, once that has lasted: {@link Survivors}
 * says who that is. A node that is not among the survivors takes out itself, and joins anew.
 *
 * <p>Akka's split brain resolver goes by the majority of the members. Here it is that of the voters
 * that counts, of whom there are few, and where one link is cut Akka downs both its ends.
 */
public final class Downing extends AbstractBehavior<Downing.Command> {

  public sealed interface Command {}

  private record Changed(ClusterEvent.ClusterDomainEvent event) implements Command {}

  private record Tick() implements Command {}

  /** The actor's name. */
  public static final String NAME = "limpet-downing";

  private static final Logger LOG = LoggerFactory.getLogger(Downing.class);
  private static final Duration TICK = Duration.ofMillis(500);

  /** So long nothing may have changed: then all know the same. */
  private static final long STABLE_NANOS = Duration.ofSeconds(5).toNanos();

  /** What changes again and again is decided as it is after this. */
  private static final long UNSTABLE_NANOS = 4 * STABLE_NANOS;

  /** One of the survivors acts; the others, should it not. */
  private static final long STAND_IN_NANOS = Duration.ofSeconds(2).toNanos();

  private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

  private final Cluster cluster;
  private final Supplier<Electorate> voters;
  private @Nullable Reachability reachability;
  private Survivors.@Nullable View view;
  private long changedAt;
  private long since;

  private Downing(
      ActorContext<Command> context, TimerScheduler<Command> timers, Supplier<Electorate> voters) {
    super(context);
    this.cluster = Cluster.get(context.getSystem());
    this.voters = voters;
    ActorRef<ClusterEvent.ClusterDomainEvent> events =
        context.messageAdapter(ClusterEvent.ClusterDomainEvent.class, Changed::new);
    cluster.subscriptions().tell(Subscribe.create(events, ClusterEvent.ClusterDomainEvent.class));
    timers.startTimerWithFixedDelay(new Tick(), TICK);
  }

  /**
   * @param voters those who vote
   */
  public static Behavior<Command> create(Supplier<Electorate> voters) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Downing(context, timers, voters)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Changed(ClusterEvent.ReachabilityChanged changed) ->
          reachability = changed.reachability();
      case Changed other -> {}
      case Tick tick -> look(System.nanoTime());
    }
    return this;
  }

  private void look(long now) {
    Map<String, Member> members = members();
    Survivors.View newest = view(members);
    if (newest.blames().isEmpty() || !members.containsKey(self())) {
      view = null;
      return;
    }
    if (view == null) {
      since = now;
    }
    if (!newest.equals(view)) {
      view = newest;
      changedAt = now;
    }
    if (now - changedAt >= STABLE_NANOS || now - since >= UNSTABLE_NANOS) {
      decide(newest, members, now);
    }
  }

  private void decide(Survivors.View known, Map<String, Member> members, long now) {
    Set<String> survivors = Survivors.of(known);
    if (!survivors.contains(self())) {
      LOG.warn(
          "this node leaves the membership and joins anew: {}; {}",
          survivors.isEmpty()
              ? "it does not reach a majority of the voters"
              : "others do not reach it, or it them",
          known.blames());
      down(members.get(self()));
      waitForEffect(now);
      return;
    }
    List<String> full = survivors.stream().filter(member -> isFull(members.get(member))).toList();
    boolean acts = full.isEmpty() || full.getFirst().equals(self());
    if (acts || now - changedAt >= STABLE_NANOS + STAND_IN_NANOS) {
      List<String> gone = new ArrayList<>(members.keySet());
      gone.removeAll(survivors);
      LOG.warn("out of the membership, since they are not reached: {}", gone);
      gone.forEach(member -> down(members.get(member)));
      waitForEffect(now);
    }
  }

  /** All hear of it before it is done, and said, again. */
  private void waitForEffect(long now) {
    changedAt = now;
    since = now;
  }

  private void down(@Nullable Member member) {
    if (member != null) {
      cluster.manager().tell(new Down(member.address()));
    }
  }

  private static boolean isFull(@Nullable Member member) {
    return member != null && member.status().equals(MemberStatus.up());
  }

  private Survivors.View view(Map<String, Member> members) {
    Electorate electorate = voters.get();
    Map<String, String> ids = new LinkedHashMap<>();
    members.forEach((at, member) -> ids.put(at, MemberId.of(member, electorate.isFixed())));
    Set<Blame> blames = new HashSet<>();
    if (reachability != null) {
      CollectionConverters.asJava(reachability.observersGroupedByUnreachable())
          .forEach(
              (subject, observers) ->
                  CollectionConverters.asJava(observers)
                      .forEach(
                          observer -> {
                            Blame blame = new Blame(text(observer), text(subject));
                            if (ids.containsKey(blame.observer())
                                && ids.containsKey(blame.subject())) {
                              blames.add(blame);
                            }
                          }));
    }
    return new Survivors.View(ids, blames, electorate);
  }

  /** Those that are there, in the order of their addresses. */
  private Map<String, Member> members() {
    Map<String, Member> members = new TreeMap<>();
    for (Member member : cluster.state().getMembers()) {
      if (!GONE.contains(member.status())) {
        members.put(text(member.uniqueAddress()), member);
      }
    }
    return members;
  }

  private String self() {
    return text(cluster.selfMember().uniqueAddress());
  }

  private static String text(UniqueAddress address) {
    return address.address().hostPort() + "#" + address.longUid();
  }
}
