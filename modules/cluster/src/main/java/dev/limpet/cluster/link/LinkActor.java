package dev.limpet.cluster.link;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.model.state.PeerLink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The actor that carries a {@link Link} for as long as its actor system lives. */
public final class LinkActor extends AbstractBehavior<LinkActor.Command> {

  public sealed interface Command permits Parcel, Send, Own {}

  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Send(long uid, byte kind, byte[] message) implements Command {}

  private enum Own implements Command {
    MEMBERS_CHANGED
  }

  /** The actor's name at every node. */
  public static final String NAME = "limpet-link";

  private static final Set<MemberStatus> GONE =
      Set.of(MemberStatus.down(), MemberStatus.exiting(), MemberStatus.removed());

  private final Link link;
  private final Cluster cluster;
  private final long self;
  private final Kinds kinds = new Kinds(this::deliver);
  private Map<Long, ActorRef<Command>> others = Map.of();

  private LinkActor(ActorContext<Command> context, Link link) {
    super(context);
    this.link = link;
    this.cluster = Cluster.get(context.getSystem());
    this.self = cluster.selfMember().uniqueAddress().longUid();
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(ClusterEvent.ClusterDomainEvent.class, event -> Own.MEMBERS_CHANGED);
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
    link.carriedBy(context.getSelf());
  }

  public static Behavior<Command> create(Link link) {
    return Behaviors.setup(context -> new LinkActor(context, link));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(
            PostStop.class,
            stop -> {
              link.carriedBy(null);
              return this;
            })
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Send send -> {
        if (others.containsKey(send.uid())) {
          kinds.send(send);
        }
      }
      case Parcel parcel -> {
        if (parcel.to() == self && others.containsKey(parcel.from()) && !kinds.takes(parcel)) {
          link.received(parcel.from(), parcel.kind(), parcel.content());
        }
      }
      case Own.MEMBERS_CHANGED -> onMembers();
    }
    return this;
  }

  private void deliver(long uid, byte kind, byte[] content) {
    ActorRef<Command> to = others.get(uid);
    if (to != null) {
      to.tell(new Parcel(self, uid, kind, content));
    }
  }

  private void onMembers() {
    ClusterEvent.CurrentClusterState state = cluster.state();
    Map<Long, ActorRef<Command>> now = new HashMap<>();
    List<PeerLink.Member> reachable = new ArrayList<>();
    Set<String> all = new HashSet<>();
    boolean byAddress = link.goesByAddress();
    for (Member member : state.getMembers()) {
      if (GONE.contains(member.status())) {
        continue;
      }
      all.add(MemberId.of(member, byAddress));
      long uid = member.uniqueAddress().longUid();
      if (uid != self) {
        now.put(uid, at(member));
        if (!state.getUnreachable().contains(member)) {
          reachable.add(new PeerLink.Member(uid, MemberId.address(member).toString()));
        }
      }
    }
    others = now;
    kinds.forgetAllBut(now.keySet());
    link.members(reachable, all);
  }

  private ActorRef<Command> at(Member member) {
    return ActorRefResolver.get(getContext().getSystem())
        .resolveActorRef(member.address() + "/system/" + NAME);
  }
}
