package dev.limpet.cluster.sessions;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.model.HostPort;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's session table the same as the others': carries the operations of requests to a
 * majority ({@link Rounds}), answers those of other nodes ({@link Voter}), compares tables ({@link
 * Repair}), and holds and grants the leases that let a node answer from its own memory ({@link Peer}).
 */
public final class Replica extends AbstractBehavior<Replica.Command> {

  public sealed interface Command permits Operation, Wire, Tell, Own {}

  /** Places that hold, for all nodes to hear when that is convenient. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Tell(long[] entries) implements Command {}

  private enum Own implements Command {
    FLUSH,
    RETRY,
    TICK,
    MEMBERS_CHANGED
  }

  /** Hears whether this node holds the table together with a majority. */
  public interface Holding {

    /**
     * @param missing until it does, in words for an operator; empty when nothing is
     * @param majority whether a majority of the nodes answers
     */
    void waitsFor(String missing, boolean majority);
  }

  /** The actor's name at every node. */
  public static final String NAME = "limpet-sessions";

  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  /** Five heartbeats in the time of a lease: some may be late. */
  private static final Duration TICK = Duration.ofMillis(300);

  private final Sessions sessions;
  private final Cluster cluster;
  private final Holding holding;
  private final Peers peers;
  private final Voter voter;
  private final Rounds rounds;
  private final Repair repair;
  private boolean flushing;
  private boolean hasMajority;
  private int nextPeer;

  /** What was last reported; null until then. */
  private @Nullable String waitedFor;

  private Replica(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Sessions sessions,
      List<HostPort> nodes,
      Holding holding) {
    super(context);
    this.sessions = sessions;
    this.cluster = Cluster.get(context.getSystem());
    this.holding = holding;
    this.peers = new Peers(context.getSystem(), cluster.selfMember(), nodes);
    this.voter = new Voter(sessions, peers);
    this.rounds =
        new Rounds(
            sessions,
            peers,
            voter,
            millis -> timers.startSingleTimer(Own.RETRY, Duration.ofMillis(millis)));
    this.repair = new Repair(sessions, peers, voter, this::onMerged);
    timers.startTimerWithFixedDelay(Own.TICK, TICK);
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(
            ClusterEvent.ClusterDomainEvent.class, event -> Own.MEMBERS_CHANGED);
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
    sessions.replicateBy(context.getSelf());
  }

  /**
   * @param nodes all nodes that the settings name
   * @param holding told of each change
   */
  public static Behavior<Command> create(
      Sessions sessions, List<HostPort> nodes, Holding holding) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Replica(context, timers, sessions, nodes, holding)));
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
      case Operation operation -> perform(operation);
      case Tell news -> {
        rounds.tell(news.entries());
        flushSoon();
      }
      case Wire message -> {
        Peer from = peers.get(message.envelope().from());
        if (from != null && message.envelope().to() == peers.self()) {
          onMessage(from, message);
        }
      }
      case Own.FLUSH -> {
        flushing = false;
        rounds.flush();
      }
      case Own.RETRY -> rounds.retry();
      case Own.TICK -> tick();
      case Own.MEMBERS_CHANGED -> peers.update(cluster.state());
    }
    return this;
  }

  private void perform(Operation operation) {
    if (hasMajority) {
      rounds.add(operation);
      flushSoon();
    } else {
      sessions.counters().quorumFailed();
      operation.failOpen(sessions);
    }
  }

  /** What is in the mailbox now goes out with one message. */
  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      getContext().getSelf().tell(Own.FLUSH);
    }
  }

  private void onMessage(Peer from, Wire message) {
    switch (message) {
      case Wire.Heartbeat heartbeat -> onHeartbeat(from, heartbeat);
      case Wire.Prepare prepare -> reply(from, voter.answer(prepare));
      case Wire.Accept accept -> reply(from, voter.answer(accept));
      case Wire.Write write -> {
        Wire.Ack ack = voter.answer(write);
        if (write.round() != 0) {
          reply(from, ack);
        }
      }
      case Wire.Promise promise ->
          rounds.onAnswer(promise.round(), from.uid, promise.votes(), promise);
      case Wire.Ack ack -> rounds.onAnswer(ack.round(), from.uid, ack.votes(), ack);
      case Wire.Digests digests -> {
        grantIfSynced(from);
        repair.onDigests(from, digests);
      }
      case Wire.Differences differences -> repair.onDifferences(from, differences);
      case Wire.Exchange exchange -> {
        if (exchange.reply()) {
          grantIfSynced(from);
        }
        repair.onExchange(from, exchange);
      }
    }
  }

  private void reply(Peer to, Wire message) {
    peers.send(to, envelope -> message);
  }

  private void onHeartbeat(Peer from, Wire.Heartbeat heartbeat) {
    from.synced = heartbeat.synced();
    from.suspects = heartbeat.suspects();
    if (heartbeat.settled()) {
      sessions.clock().follow(heartbeat.millis());
    }
    long now = System.nanoTime();
    from.echo = heartbeat.sentNanos();
    from.heardAt = now;
    from.renewed =
        heartbeat.caughtUp() && voter.isSynced() && from.isGranted(now) && !isSuspected(from);
    if (from.renewed) {
      from.grant(now);
    }
    boolean answered = from.hasAnswered(heartbeat.echo(), heartbeat.heldNanos(), now);
    if (answered && heartbeat.granted() && from.isHeld(now)) {
      from.hold(heartbeat.echo());
      sessions.currentUntil(currentUntil());
    }
  }

  /** A node that begins to take over this one's table is to hear of every move from now on. */
  private void grantIfSynced(Peer to) {
    if (voter.isSynced() && !isSuspected(to)) {
      to.grant(System.nanoTime());
    }
  }

  private boolean isSuspected(Peer peer) {
    for (long uid : rounds.suspects()) {
      if (uid == peer.uid) {
        return true;
      }
    }
    return peers.isSuspected(peer);
  }

  private void onMerged(Peer peer, long askedAt, boolean synced) {
    peer.merged = true;
    if (synced) {
      peer.hold(askedAt);
    }
    sessions.currentUntil(currentUntil());
    checkSynced();
    catchUp();
  }

  private long currentUntil() {
    long now = System.nanoTime();
    return voter.isSynced() ? peers.currentUntil(now) : now;
  }

  private void tick() {
    long now = System.nanoTime();
    sessions.tick();
    repair.expire();
    sessions.acceptor().forget(sessions.clock().millis());
    long[] suspects = rounds.suspects();
    double lag = 0;
    for (Peer peer : peers.all()) {
      peer.unanswered++;
      peers.send(
          peer,
          envelope ->
              new Wire.Heartbeat(
                  envelope,
                  now,
                  sessions.clock().millis(),
                  sessions.clock().isSettled(),
                  voter.isSynced(),
                  peer.isHeld(now),
                  suspects,
                  peer.echo,
                  now - peer.heardAt,
                  peer.renewed));
      lag = Math.max(lag, peer.roundTripNanos / 1e9);
    }
    sessions.counters().lag(lag);
    noteMajority(peers.hasMajority());
    sessions.currentUntil(currentUntil());
    checkSynced();
    if (!catchUp() && !repair.isUnderWay(now) && !peers.all().isEmpty()) {
      repair.begin(inTurn());
    }
    if (hasMajority) {
      rounds.settle(sessions.acceptor().unsettled(sessions.clock().millis()));
      rounds.tick(now);
    } else {
      rounds.giveUpAll();
    }
  }

  private void noteMajority(boolean now) {
    if (now != hasMajority) {
      hasMajority = now;
      sessions.majority(now);
      if (!now && !sessions.isLeaving()) {
        LOG.warn(
            "no majority of the nodes answers: requests are served, but sessions that begin or move"
                + " now may be placed again");
      } else if (now && voter.isSynced()) {
        LOG.info("a majority of the nodes answers again");
      }
    }
  }

  /**
   * This node holds the table when it has taken over those of all nodes that it can reach, and they
   * are a majority together with this one.
   */
  private void checkSynced() {
    boolean up = cluster.selfMember().status().equals(MemberStatus.up());
    if (!voter.isSynced() && up && hasMajority) {
      long merged = peers.all().stream().filter(peer -> peer.reachable && peer.merged).count();
      long reachable = peers.all().stream().filter(peer -> peer.reachable).count();
      if (merged == reachable && 1 + merged >= peers.majority()) {
        voter.synced();
        sessions.clock().settle();
      }
    }
    report();
  }

  private void report() {
    String missing = "";
    if (!hasMajority) {
      missing = "a majority of the nodes: %d are needed".formatted(peers.majority());
    } else if (!voter.isSynced()) {
      missing = "the session table from the other nodes" + repair.progress();
    }
    if (!missing.equals(waitedFor)) {
      waitedFor = missing;
      holding.waitsFor(missing, hasMajority);
    }
  }

  /** Compares tables with a node that this one knows too little of; false if there is none. */
  private boolean catchUp() {
    long now = System.nanoTime();
    for (Peer peer : peers.all()) {
      boolean behind = !peer.merged || (peer.synced && !peer.isHeld(now));
      if (peer.reachable && behind) {
        if (!repair.isUnderWay(now)) {
          repair.begin(peer);
        }
        return true;
      }
    }
    return false;
  }

  private Peer inTurn() {
    nextPeer = (nextPeer + 1) % peers.all().size();
    return List.copyOf(peers.all()).get(nextPeer);
  }
}
