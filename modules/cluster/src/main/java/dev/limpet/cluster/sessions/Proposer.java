package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries {@link Operation}s to a majority. What comes in faster than messages go out shares a
 * message. Only the replica's thread touches it.
 *
 * <p>A session is asked for in one round. One that is bound takes one round, too: nobody else can
 * know an id that no client has seen. A move takes two, those of Paxos: {@link Wire.Prepare} finds
 * what others have decided or begun to, {@link Wire.Accept} proposes, and the placement holds once
 * a majority has accepted it and so has every node that may answer clients without asking ({@link
 * Peer}). Then all nodes are told, and nobody waits for that.
 */
final class Proposer {

  /** Calls back after a while, from the thread that calls everything else. */
  interface Timers {
    /** {@link #retry}, after a time of its choice, at random, between two bounds. */
    void retry(long fromMillis, long toMillis);

    /** {@link #tellLearners}, soon. */
    void tellLearners();
  }

  /** Of 40 bytes: a message stays well below Artery's 256 KiB. */
  private static final int ITEMS_PER_MESSAGE = 2_000;

  /** How long a question or a binding may take; a client waits. */
  private static final long PATIENCE_NANOS = Peer.LEASE_NANOS;

  /** How long a move may take: the lease of a node that has just died must run out first. */
  private static final long MOVE_NANOS = 2 * Peer.LEASE_NANOS;

  private static final long[] NO_ENTRY = {};

  private final Sessions sessions;
  private final Peers peers;
  private final Voter voter;
  private final Timers timers;
  private final Map<Long, Round> underWay = new HashMap<>();
  private final List<Round.Item> asks = new ArrayList<>();
  private final List<Round.Item> moves = new ArrayList<>();
  private final List<Round.Item> writes = new ArrayList<>();
  private final List<Round.Item> proposals = new ArrayList<>();
  private final List<long[]> news = new ArrayList<>();
  private final List<long[]> newsForLearners = new ArrayList<>();
  private final List<Operation.Move> outbid = new ArrayList<>();
  private final Map<SessionKey, Operation.Move> moving = new HashMap<>();

  /** Those of them that are yet to ask what others know. */
  private final Set<SessionKey> notBegun = new HashSet<>();

  private long lastRound;

  Proposer(Sessions sessions, Peers peers, Voter voter, Timers timers) {
    this.sessions = sessions;
    this.peers = peers;
    this.voter = voter;
    this.timers = timers;
  }

  /** Goes out with the next {@link #flush}. */
  void add(Operation operation) {
    switch (operation) {
      case Operation.Ask ask -> asks.add(new Round.Item(ask, NO_ENTRY));
      case Operation.Bind bind -> writes.add(new Round.Item(bind, entry(bind, bind.placement())));
      case Operation.Move move -> {
        Operation.Move before = moving.putIfAbsent(move.key(), move);
        if (before == null) {
          prepare(move);
        } else if (notBegun.contains(move.key())
            && before.current().equals(move.current())
            && (before.choose() != null || move.choose() == null)) {
          before.answer().thenAccept(move.answer()::complete);
        } else {
          // That may be decided already, and another one after it. Or it is about an earlier
          // placement, or only finds out which holds. This one's turn comes after.
          before.answer().thenAccept(placement -> add(move));
        }
      }
    }
  }

  private void prepare(Operation.Move move) {
    moves.add(new Round.Item(move, NO_ENTRY));
    notBegun.add(move.key());
  }

  /**
   * Takes in placements that hold. The voters hear of them with the next {@link #flush}, the other
   * nodes a little later, of many at one time.
   */
  void tell(long[] entries) {
    voter.learn(entries);
    news.add(entries);
    tellLater(entries);
  }

  private void tellLater(long[] entries) {
    if (!peers.learners().isEmpty()) {
      if (newsForLearners.isEmpty()) {
        timers.tellLearners();
      }
      newsForLearners.add(entries);
    }
  }

  /** Tells the nodes that do not vote what has come to hold of late. */
  void tellLearners() {
    tell(newsForLearners, peers.learners());
  }

  private void tell(List<long[]> waiting, Collection<Peer> to) {
    inParts(
        waiting,
        entries -> {
          long[] joined = Longs.joined(entries);
          to.forEach(peer -> peers.send(peer, envelope -> new Wire.Write(envelope, 0, joined)));
        });
  }

  void flush() {
    inParts(asks, items -> begin(items, 0, Round.Message.prepare(0, items), false, PATIENCE_NANOS));
    inParts(
        moves,
        items -> {
          items.forEach(item -> notBegun.remove(item.operation().key()));
          long ballot = sessions.clock().next();
          begin(items, ballot, Round.Message.prepare(ballot, items), false, MOVE_NANOS);
        });
    inParts(writes, items -> begin(items, 0, Round.Message.write(items), false, PATIENCE_NANOS));
    inParts(proposals, items -> begin(items, 0, Round.Message.accept(items), true, MOVE_NANOS));
    tell(news, peers.voters());
  }

  void onAnswer(long number, Peer from, boolean votes, Wire reply) {
    if (reply instanceof Wire.Promise promise) {
      // The next ballot is to be above it, whether the round waits for this answer or not.
      sessions.clock().observe(Known.highestRefusal(promise.known()));
    }
    Round round = underWay.get(number);
    if (round != null) {
      boolean isOfEpoch = reply.envelope().epoch() == peers.electorate().epoch();
      round.answer(from.uid, votes && from.voter && isOfEpoch, reply);
      advance(number, round);
      flush();
    }
  }

  /** Puts to a node again what it could not vote on, since it did not know who votes. */
  void askAgain(Peer peer) {
    underWay.values().forEach(round -> peers.send(peer, round::message));
  }

  /**
   * Begins anew all that is under way, for others vote than before: what one majority has promised
   * and another one accepts would be decided by neither.
   */
  void beginAnew() {
    List<Round.Item> begun = new ArrayList<>(proposals);
    underWay.values().forEach(round -> begun.addAll(round.items()));
    proposals.clear();
    underWay.clear();
    for (Round.Item item : begun) {
      switch (item.operation()) {
        case Operation.Ask ask -> asks.add(item);
        case Operation.Bind bind -> writes.add(item);
        case Operation.Move move -> prepare(move);
      }
    }
  }

  /** Sends again what may have been lost, and gives up what took too long. */
  void tick(long now) {
    for (Map.Entry<Long, Round> entry : List.copyOf(underWay.entrySet())) {
      if (entry.getValue().isOver(now)) {
        underWay.remove(entry.getKey());
        entry.getValue().items().forEach(this::giveUp);
      } else {
        Round round = entry.getValue();
        send(round);
        vote(entry.getKey(), round);
      }
    }
    flush();
  }

  /** Tries moves again that have met another node's. */
  void retry() {
    outbid.forEach(this::prepare);
    outbid.clear();
    flush();
  }

  /** Nodes that keep moves waiting for which there is a majority. */
  long[] suspects() {
    Set<Long> suspects = new HashSet<>();
    for (Round round : underWay.values()) {
      if (round.voteCount() >= peers.majority()) {
        suspects.addAll(round.unaware());
      }
    }
    return suspects.stream().mapToLong(uid -> uid).toArray();
  }

  /** There is no majority: everyone is answered with what this node makes of it. */
  void giveUpAll() {
    List<Round> all = List.copyOf(underWay.values());
    underWay.clear();
    outbid.forEach(this::prepare);
    outbid.clear();
    all.forEach(round -> round.items().forEach(this::giveUp));
    for (List<Round.Item> waiting : List.of(asks, moves, writes, proposals)) {
      List<Round.Item> items = List.copyOf(waiting);
      waiting.clear();
      items.forEach(this::giveUp);
    }
    flush();
  }

  private static <T> void inParts(List<T> waiting, Consumer<List<T>> part) {
    if (waiting.isEmpty()) {
      return;
    }
    List<T> all = List.copyOf(waiting);
    waiting.clear();
    for (int from = 0; from < all.size(); from += ITEMS_PER_MESSAGE) {
      part.accept(all.subList(from, Math.min(all.size(), from + ITEMS_PER_MESSAGE)));
    }
  }

  private void begin(
      List<Round.Item> items,
      long ballot,
      Round.Message message,
      boolean toAll,
      long patienceNanos) {
    long number = ++lastRound;
    long deadline = sessions.clock().nanos() + patienceNanos;
    Round round = new Round(number, ballot, items, message, toAll, deadline);
    underWay.put(number, round);
    send(round);
    vote(number, round);
  }

  /** Who may answer clients without asking has to hear of a move, whether it votes or not. */
  private void send(Round round) {
    Collection<Peer> to = round.isToAll() ? peers.all() : peers.voters();
    to.forEach(peer -> peers.send(peer, round::message));
  }

  private void vote(long number, Round round) {
    Wire.Envelope toSelf = peers.envelopeTo(peers.self());
    Wire reply =
        switch (round.message(toSelf)) {
          case Wire.Prepare prepare -> voter.answer(prepare);
          case Wire.Accept accept -> voter.answer(accept);
          case Wire.Write write -> voter.answer(write);
          default -> throw new IllegalStateException("no round is made of anything else");
        };
    round.answer(peers.self(), voter.isSynced() && peers.selfVotes(), reply);
    advance(number, round);
  }

  private void advance(long number, Round round) {
    if (round.voteCount() < peers.majority() || !round.unaware().isEmpty()) {
      return;
    }
    underWay.remove(number);
    for (int i = 0; i < round.items().size(); i++) {
      Round.Item item = round.items().get(i);
      switch (item.operation()) {
        case Operation.Ask ask -> onFound(ask, round.best(i));
        case Operation.Bind bind -> {
          tellLater(item.entry());
          bind.answer().complete(bind.placement());
        }
        case Operation.Move move when item.entry().length == 0 ->
            onPromised(move, round.best(i), round.ballot());
        case Operation.Move move ->
            onProposed(
                move,
                item.entry(),
                round.acceptances(i) >= peers.majority() && !round.isRefusedByHolder(i));
      }
    }
  }

  /**
   * Finds out whether places hold that were accepted here some time ago. Else they would come to
   * hold only when the session is used next, and move it then.
   */
  void decide(Map<SessionKey, Long> undecided) {
    long millis = sessions.clock().millis();
    undecided.forEach(
        (key, expiry) -> {
          if (expiry > millis) {
            add(Operation.Move.toDecide(key, expiry - millis, new CompletableFuture<>()));
          }
        });
  }

  private void onFound(Operation.Ask ask, @Nullable Known best) {
    if (best == null) {
      ask.answer().complete(Optional.empty());
    } else if (best.isDecided()) {
      tell(known(ask, best));
      ask.answer().complete(Optional.of(best.placement()));
    } else {
      // It may hold and it may not: that is decided before anyone relies on it.
      CompletableFuture<Placement> decided = new CompletableFuture<>();
      decided.thenAccept(
          placement ->
              ask.answer().complete(Optional.of(placement).filter(p -> !p.equals(Placement.NONE))));
      add(Operation.Move.toDecide(ask.key(), ask.ttlMillis(), decided));
    }
  }

  private void onPromised(Operation.Move move, @Nullable Known best, long ballot) {
    if (best != null && best.isRefused()) {
      outbid(move);
      return;
    }
    if (!peers.selfVotes()) {
      sessions.acceptor().abandon(move.key(), ballot, best == null ? 0 : best.version());
    }
    if (best != null && move.accepts(best.placement())) {
      if (best.isDecided()) {
        tell(known(move, best));
        complete(move, best.placement());
      } else {
        propose(move, best.backend(), ballot);
      }
    } else if (move.choose() == null) {
      complete(move, Placement.NONE);
    } else {
      propose(move, move.choose().applyAsLong(move.key()), ballot);
    }
  }

  private void propose(Operation.Move move, long backend, long ballot) {
    proposals.add(new Round.Item(move, entry(move, new Placement(backend, ballot))));
  }

  private void onProposed(Operation.Move move, long[] entry, boolean accepted) {
    if (accepted) {
      tell(entry);
      complete(move, new Placement(Bucket.backend(entry, 0), Bucket.version(entry, 0)));
    } else {
      outbid(move);
    }
  }

  private void outbid(Operation.Move move) {
    sessions.counters().conflict();
    if (outbid.isEmpty()) {
      // At random, so that two who outbid each other do not do so for ever.
      timers.retry(2, 20);
    }
    outbid.add(move);
  }

  private void complete(Operation.Move move, Placement placement) {
    moving.remove(move.key(), move);
    move.answer().complete(placement);
  }

  private void giveUp(Round.Item item) {
    sessions.counters().quorumFailed();
    if (item.operation() instanceof Operation.Move move) {
      moving.remove(move.key(), move);
      notBegun.remove(move.key());
    }
    item.operation().failOpen(sessions);
  }

  private long[] entry(Operation operation, Placement placement) {
    return Bucket.entry(
        operation.key(), placement, sessions.clock().millis() + operation.ttlMillis());
  }

  /** The placement that was found; its session has now been used once more. */
  private long[] known(Operation operation, Known best) {
    long expiry = Math.max(best.expiry(), sessions.clock().millis() + operation.ttlMillis());
    return Bucket.entry(operation.key(), best.placement(), expiry);
  }
}
