package dev.limpet.cluster.formation;

import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.NodeFinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The formation where nodes find each other: asks the finder, carries the messages, and does what
 * {@link Assembly} decides. It goes on while this node is a member, in case there is another
 * cluster.
 */
public final class Gathering extends AbstractBehavior<Formation.Command> {

  /**
   * This node.
   *
   * @param process which one of that name it is, by when it started: the lower is the elder
   * @param expect how many nodes a first start is about
   * @param voters how many nodes vote at most in a new cluster
   */
  public record Self(String name, long process, HostPort address, int expect, int voters) {}

  /**
   * What this node goes in with.
   *
   * @param finder where others may be
   * @param voters the newest that this node knows
   * @param adopt told of those who vote from now on: just before this node founds a cluster; and
   *     with {@link Electorate#NONE} when it leaves one for another
   * @param millis the time of day
   */
  public record Way(
      String cluster,
      Self self,
      NodeFinder finder,
      Supplier<Electorate> voters,
      Consumer<Electorate> adopt,
      LongSupplier millis) {}

  sealed interface Own extends Formation.Command {}

  private record Found(@Nullable Set<HostPort> addresses, @Nullable Throwable failure)
      implements Own {}

  private enum Tick implements Own {
    ROUND,
    FIND
  }

  private static final Logger LOG = LoggerFactory.getLogger(Formation.class);
  private static final Duration ROUND = Duration.ofMillis(250);
  private static final Duration FIND_OUTSIDE = Duration.ofSeconds(1);
  private static final Duration FIND_INSIDE = Duration.ofSeconds(5);
  private static final int REPORT_ROUNDS = 40;

  private final TimerScheduler<Formation.Command> timers;
  private final Cluster cluster;
  private final Way way;
  private final Assembly assembly;
  private String trouble = "";
  private int rounds;

  private Gathering(
      ActorContext<Formation.Command> context, TimerScheduler<Formation.Command> timers, Way way) {
    super(context);
    this.timers = timers;
    this.cluster = Cluster.get(context.getSystem());
    this.way = way;
    this.assembly =
        new Assembly(way.self(), way.voters(), this::post, way.millis(), System.nanoTime());
    timers.startTimerWithFixedDelay(Tick.ROUND, ROUND);
    find();
  }

  public static Behavior<Formation.Command> create(Way way) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Gathering(context, timers, way)));
  }

  @Override
  public Receive<Formation.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Hail.class, this::onHail)
        .onMessage(Found.class, this::onFound)
        .onMessage(Formation.Misled.class, this::onMisled)
        .onMessage(Formation.Talk.class, this::onTalk)
        .onMessageEquals(Tick.ROUND, this::onRound)
        .onMessageEquals(Tick.FIND, this::find)
        .build();
  }

  private Behavior<Formation.Command> find() {
    getContext().pipeToSelf(way.finder().find(), Found::new);
    return this;
  }

  private Behavior<Formation.Command> onFound(Found found) {
    Set<HostPort> addresses = found.addresses();
    if (addresses != null) {
      trouble = "";
      assembly.found(addresses, System.nanoTime());
    } else {
      trouble = inWords(found.failure());
    }
    timers.startSingleTimer(Tick.FIND, standing().isOutside() ? FIND_OUTSIDE : FIND_INSIDE);
    return this;
  }

  private static String inWords(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause == null ? "" : String.valueOf(cause.getMessage());
  }

  private Behavior<Formation.Command> onHail(Hail hail) {
    assembly.hear(hail, standing(), System.nanoTime());
    return this;
  }

  /** The log of a cluster of another name, which has found this node, is to say so as well. */
  private Behavior<Formation.Command> onMisled(Formation.Misled misled) {
    assembly.greet(MemberId.address(misled.node()), System.nanoTime());
    return this;
  }

  private Behavior<Formation.Command> onTalk(Formation.Talk talk) {
    assembly.warnOnce(
        "the node at %s has a list of cluster.peers, and this one a cluster.discovery; all nodes need the"
                .formatted(talk.from())
            + " same");
    return this;
  }

  private Behavior<Formation.Command> onRound() {
    Standing standing = standing();
    switch (assembly.round(standing, System.nanoTime())) {
      case Decision.Wait wait -> {}
      case Decision.Join(Set<HostPort> members) -> {
        List<Address> at = members.stream().map(this::address).toList();
        cluster.manager().tell(new JoinSeedNodes(at));
      }
      case Decision.Found(Electorate voters) -> {
        LOG.info("a new cluster begins here; its voters are {}", voters.voters());
        way.adopt().accept(voters);
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
      }
      case Decision.Leave(String why) -> {
        LOG.error(why);
        way.adopt().accept(Electorate.NONE);
        cluster.manager().tell(new Down(cluster.selfMember().address()));
      }
    }
    rounds = standing.isOutside() ? rounds + 1 : 0;
    if (rounds > 0 && rounds % REPORT_ROUNDS == 0) {
      LOG.warn(
          "not in a cluster yet: {}{}",
          assembly.report(System.nanoTime()),
          trouble.isEmpty() ? "" : " (" + trouble + ")");
    }
    return this;
  }

  private Standing standing() {
    Member self = cluster.selfMember();
    // Before it joins, a node sees itself as removed.
    if (self.status().equals(MemberStatus.removed())) {
      return Standing.OUTSIDE;
    }
    Standing.Stage stage = isFull(self) ? Standing.Stage.MEMBER : Standing.Stage.BETWEEN;
    CurrentClusterState state = cluster.state();
    Map<String, HostPort> others = new HashMap<>();
    Set<String> reachable = new HashSet<>(Set.of(way.self().name()));
    boolean elder = false;
    for (Member member : state.getMembers()) {
      if (member.uniqueAddress().equals(self.uniqueAddress())) {
        continue;
      }
      String name = MemberId.name(member);
      others.put(name, MemberId.address(member));
      elder |= name.equals(way.self().name()) && isFull(member) && member.isOlderThan(self);
      if (isFull(member) && !state.getUnreachable().contains(member)) {
        reachable.add(name);
      }
    }
    return new Standing(stage, others, reachable, elder);
  }

  private static boolean isFull(Member member) {
    return member.status().equals(MemberStatus.up())
        || member.status().equals(MemberStatus.weaklyUp());
  }

  private void post(HostPort to, Hail hail) {
    Adapter.toClassic(getContext().getSystem())
        .actorSelection(address(to) + "/system/" + Formation.NAME)
        .tell(hail, akka.actor.ActorRef.noSender());
  }

  private Address address(HostPort node) {
    return AddressFromURIString.parse("akka://" + way.cluster() + "@" + node);
  }
}
