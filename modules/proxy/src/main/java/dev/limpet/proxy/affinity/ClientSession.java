package dev.limpet.proxy.affinity;

import akka.http.javadsl.model.HttpHeader;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import dev.limpet.proxy.accesslog.AffinityOutcome;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.message.RequestView;
import dev.limpet.proxy.servers.AffinityRules;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.loop.Loop;
import io.netty.handler.codec.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What binds the client of one request to a server of one upstream: who the client is, by the ids
 * that it brings ({@link #recognize}), what the cluster agrees on when it gets a server or has to
 * leave one ({@link #leave}, {@link #settle}), and what is learned from the response ({@link
 * #learn}). All of it on the loop of the client's connection; where this node knows the answer,
 * before the call returns.
 */
public final class ClientSession {

  /** Who waits for the cluster's answers. */
  public interface Follower {

    /** {@link #place} says where the client belongs, as far as is known. */
    void onRecognized();

    /** {@link #place} says what the cluster has agreed on. */
    void onAgreed();
  }

  private record Moving(CompletableFuture<Void> agreed) implements Follower {

    @Override
    public void onRecognized() {
      throw new IllegalStateException("it had been recognized before");
    }

    @Override
    public void onAgreed() {
      agreed.complete(null);
    }
  }

  private final NodeSessions sessions;
  private final Upstream group;
  private final Loop loop;
  private final RequestView requested;
  private final Entry log;
  private final Consumer<Throwable> thrown;

  /** The client's ids, up to the first that is known; in the order of the rules. */
  private @Nullable SessionBinding ties;

  private boolean recognized;
  private @Nullable OwnCookie cookie;

  /**
   * @param thrown gets what is thrown while the request goes on with what the cluster has answered
   */
  public ClientSession(
      NodeSessions sessions,
      Upstream group,
      Loop loop,
      RequestView requested,
      Entry log,
      Consumer<Throwable> thrown) {
    this.sessions = sessions;
    this.group = group;
    this.loop = loop;
    this.requested = requested;
    this.log = log;
    this.thrown = thrown;
  }

  public Upstream group() {
    return group;
  }

  public RequestView requested() {
    return requested;
  }

  /** Goes through the rules, until one knows the client. */
  public void recognize(Follower follower) {
    recognize(0, 0, null, follower);
  }

  /** Where the client belongs; null if it may be placed anywhere. */
  public @Nullable Placement place() {
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (tie.isSettled()) {
        return tie.place();
      }
    }
    return null;
  }

  /**
   * What the cluster knows the session by that says where the client belongs; null if none does.
   */
  public @Nullable SessionKey key() {
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (tie.isSettled()) {
        return tie.key();
      }
    }
    return null;
  }

  /** Whether the client came with an id that ties it to this server. */
  public boolean isBoundTo(long server) {
    Placement place = recognized ? place() : null;
    return place != null && place.backend() == server;
  }

  /** By which all nodes choose the same server, for a session that has had to leave its own. */
  public @Nullable SessionKey keyOnTheMove() {
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (tie.hasLeft()) {
        return tie.key();
      }
    }
    return null;
  }

  /** The client cannot stay at this server; {@link Follower#onRecognized} says so. */
  public void leave(long server, Follower follower) {
    leave(ties, server, follower);
  }

  /** Whether the cluster need not be told where the client goes. */
  public boolean isSettled() {
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (!tie.isSettled()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Ties the client to this server, by all its ids that are not settled. {@link Follower#onAgreed}
   * comes of it, and {@link #place} may be another server, which another node has chosen before.
   *
   * @param usable which servers may be; called on any thread
   */
  public void settle(Backend server, LongPredicate usable, Follower follower) {
    settle(ties, server.hash(), usable, follower);
  }

  /**
   * The session moves from where it is to this server, which has answered. Not with {@code
   * fail-back}: its home is up.
   *
   * @param usable as for {@link #settle}
   * @return completes when the cluster agrees; null where nothing moves
   */
  public @Nullable CompletionStage<?> follow(Backend better, LongPredicate usable) {
    Placement place = place();
    if (place == null
        || place.backend() == better.hash()
        || group.settings().affinity().failBack()) {
      return null;
    }
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (tie.isAt(place.backend())) {
        tie.leave();
      }
    }
    CompletableFuture<Void> agreed = new CompletableFuture<>();
    settle(ties, better.hash(), usable, new Moving(agreed));
    return agreed;
  }

  /** The request goes to this server: a new client gets our cookie. */
  public void begin(Backend server) {
    if (!recognized && group.affinity().cookie() != null) {
      cookie = new OwnCookie(sessions, group);
      cookie.begin(server);
      log.affinity(AffinityOutcome.NEW);
    }
  }

  /** Whether the body of this response is needed before the response may leave. */
  public boolean needsBody(HttpResponse head) {
    return AffinityRules.mayHaveSid(head) && isHandshake();
  }

  /**
   * Ties the ids that a server gives its client to that server.
   *
   * @param body empty unless it is here as a whole
   * @return completes when the client may hear of it; null for at once
   */
  public @Nullable CompletionStage<?> learn(HttpResponse head, ByteString body, Backend from) {
    List<AffinityRules.Issued> ids = group.affinity().issued(head, body, isHandshake());
    CompletionStage<?> all =
        ids.isEmpty()
            ? null
            : Learning.learn(ids, requested, this::brings, from, sessions.table(), replicate());
    if (all != null && !recognized) {
      log.affinity(AffinityOutcome.NEW);
    }
    return all;
  }

  /** What the client has to be told. */
  public List<HttpHeader> headers(boolean secure) {
    return cookie == null ? List.of() : cookie.headers(secure);
  }

  /**
   * @param from the source to begin with
   * @param skip how many of its ids have been looked at
   * @param unknown the first of these, as nobody knows it
   */
  private void recognize(int from, int skip, @Nullable SessionBinding unknown, Follower follower) {
    List<IdSource> sources = group.affinity().sources();
    SessionBinding first = unknown;
    int start = skip;
    for (int i = from; i < sources.size(); i++) {
      List<String> ids = sources.get(i).ids(requested);
      for (int j = start; j < ids.size(); j++) {
        SessionBinding tie = tie(sources.get(i), ids.get(j));
        if (tie == null) {
          continue;
        }
        SessionBinding remembered = first == null ? tie : first;
        if (!isKnown(tie)) {
          int same = i;
          int next = j + 1;
          ask(
              tie,
              () -> {
                if (isRecognizedBy(tie)) {
                  follower.onRecognized();
                } else {
                  recognize(same, next, remembered, follower);
                }
              });
          return;
        }
        if (isRecognizedBy(tie)) {
          follower.onRecognized();
          return;
        }
        first = remembered;
      }
      remember(first);
      first = null;
      start = 0;
    }
    follower.onRecognized();
  }

  /** Of several cookies of one name that nobody knows, the first is bound where the client goes. */
  private void remember(@Nullable SessionBinding unknown) {
    if (unknown != null && isTheClientsToMake(unknown.rule())) {
      append(unknown);
    }
  }

  /**
   * Whether an id that nobody knows is bound because a client shows it. What servers make is theirs
   * to bind, see {@link #learn}: anybody can invent such ids, and each would take the place of a
   * session.
   */
  private boolean isTheClientsToMake(AffinityRule rule) {
    return switch (rule) {
      case AffinityRule.SocketIo sid -> false;
      case AffinityRule.Learn learned ->
          group.settings().affinity().learnUnknown()
              && sessions
                  .unknownIds()
                  .admits(
                      requested.address(),
                      sessions.nowSeconds(),
                      group.settings().affinity().learnUnknownLimit());
      case AffinityRule.Cookie own -> true;
      case AffinityRule.Route route -> true;
      case AffinityRule.Header header -> true;
      case AffinityRule.Query query -> true;
      case AffinityRule.Ip ip -> true;
    };
  }

  /** What this id ties its client to, or null where it is none. */
  private @Nullable SessionBinding tie(IdSource source, String id) {
    return switch (source.rule()) {
      case AffinityRule.Cookie settings -> {
        OwnCookie own = new OwnCookie(sessions, group);
        SessionCookie found = own.read(settings, id);
        cookie = found == null ? cookie : own;
        yield found == null ? null : new SessionBinding(source, found.key(), found.placement());
      }
      case AffinityRule.Route route -> {
        Backend named = group.snapshot().named(id);
        yield named == null
            ? null
            : new SessionBinding(source, source.key(id), new Placement(named.hash(), 0));
      }
      case AffinityRule.Learn rule -> unplaced(source, id);
      case AffinityRule.Header rule -> unplaced(source, id);
      case AffinityRule.Query rule -> unplaced(source, id);
      case AffinityRule.SocketIo rule -> unplaced(source, id);
      case AffinityRule.Ip rule -> unplaced(source, id);
    };
  }

  private static SessionBinding unplaced(IdSource source, String id) {
    return new SessionBinding(source, source.key(id), Placement.NONE);
  }

  /** Hears what this node knows, and says whether that will do. */
  private boolean isKnown(SessionBinding tie) {
    SessionTable table = sessions.table();
    tie.hear(table.find(tie.key(), tie.ttl()));
    return replicate() == Settings.Replicate.ASYNC
        || (tie.isPlaced() && table.isCurrent(tie.key()));
  }

  private void ask(SessionBinding tie, Runnable then) {
    LoopStages.then(
        sessions.table().ask(tie.key(), tie.ttl()),
        loop,
        found -> {
          if (found != null) {
            tie.hear(found.orElse(null));
          }
          then.run();
        },
        thrown);
  }

  private boolean isRecognizedBy(SessionBinding tie) {
    if (!tie.isPlaced()) {
      return false;
    }
    recognized = true;
    log.affinity(AffinityOutcome.KEPT);
    settle(tie, tie.place());
    append(tie);
    return true;
  }

  private void append(SessionBinding tie) {
    if (ties == null) {
      ties = tie;
    } else {
      ties.append(tie);
    }
  }

  private void leave(@Nullable SessionBinding from, long server, Follower follower) {
    boolean failBack = group.settings().affinity().failBack();
    for (SessionBinding tie = from; tie != null; tie = tie.next()) {
      if (!tie.isAt(server)) {
        continue;
      }
      if (!failBack || tie.isAway()) {
        tie.leave();
        continue;
      }
      tie.goAway();
      SessionBinding gone = tie;
      if (!isKnown(gone)) {
        ask(
            gone,
            () -> {
              settleIfPlaced(gone);
              leave(gone.next(), server, follower);
            });
        return;
      }
      settleIfPlaced(gone);
    }
    follower.onRecognized();
  }

  private void settleIfPlaced(SessionBinding tie) {
    if (tie.isPlaced()) {
      settle(tie, tie.place());
    }
  }

  private void settle(
      @Nullable SessionBinding from, long server, LongPredicate usable, Follower follower) {
    SessionBinding tie = from;
    while (tie != null && tie.isSettled()) {
      tie = tie.next();
    }
    if (tie == null) {
      follower.onAgreed();
      return;
    }
    SessionBinding unsettled = tie;
    LoopStages.then(
        sessions
            .table()
            .move(tie.key(), tie.place(), usable, key -> server, tie.ttl(), replicate()),
        loop,
        agreed -> {
          boolean moves = recognized && unsettled.hasLeft();
          settle(unsettled, place(agreed, server, usable));
          if (moves || !recognized) {
            log.affinity(moves ? AffinityOutcome.MOVED : AffinityOutcome.NEW);
          }
          Placement first = place();
          settle(unsettled.next(), first == null ? server : first.backend(), usable, follower);
        },
        thrown);
  }

  /** Fails open: whatever the cluster says, the request goes on. */
  private static Placement place(@Nullable Placement agreed, long server, LongPredicate usable) {
    if (agreed == null) {
      return new Placement(server, 0);
    }
    return usable.test(agreed.backend()) ? agreed : new Placement(server, agreed.version());
  }

  /** Our cookie names a session's home, or where it has moved for good. */
  private void settle(SessionBinding tie, Placement place) {
    tie.settle(place);
    if (cookie != null && tie.rule() instanceof AffinityRule.Cookie && !tie.isAway()) {
      cookie.hear(place);
    }
  }

  private Settings.Replicate replicate() {
    return group.settings().affinity().replicate();
  }

  private boolean isHandshake() {
    return group.affinity().isHandshake(requested.method(), requested.target());
  }

  /** Whether the client has brought this id itself, which has been seen to by now. */
  private boolean brings(SessionKey id) {
    for (SessionBinding tie = ties; tie != null; tie = tie.next()) {
      if (tie.id().equals(id)) {
        return true;
      }
    }
    return false;
  }
}
