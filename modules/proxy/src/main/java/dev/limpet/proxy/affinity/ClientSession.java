package dev.limpet.proxy.affinity;

import akka.http.javadsl.model.HttpHeader;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.message.RequestView;
import dev.limpet.proxy.recording.AffinityOutcome;
import dev.limpet.proxy.recording.RequestRecording;
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
 * The binding of one request's client to a server of one upstream: who the client is, by the ids
 * that it brings ({@link #recognize}), what the cluster agrees on when it gets a server or has to
 * leave one ({@link #leave}, {@link #bind}), and what is learned from the response ({@link
 * #learn}). All of it on the loop of the client's connection; where this node knows the answer, the
 * next step is run before the call returns.
 */
public final class ClientSession {

  private final ClientIds ids;
  private final Upstream upstream;
  private boolean asked;

  /**
   * @param broken gets what is thrown while the request goes on with what the cluster has answered
   */
  public ClientSession(
      NodeSessions sessions,
      Upstream upstream,
      Loop loop,
      RequestView request,
      RequestRecording recording,
      Consumer<Throwable> broken) {
    this.ids = new ClientIds(sessions, upstream, loop, request, recording, broken);
    this.upstream = upstream;
  }

  public Upstream upstream() {
    return upstream;
  }

  public RequestView request() {
    return ids.request();
  }

  /** Whether the request has a cookie of ours that was made for this upstream, and is valid. */
  public boolean bringsOwnCookie() {
    return ids.haveOwnCookie();
  }

  /**
   * The first id of the client but for our own cookie, which may be another upstream's; or null.
   */
  public @Nullable String lastingId() {
    return ids.lastingId();
  }

  /**
   * Finds out who the client is, if that has not been done before.
   *
   * @param then {@link #placement} says where the client belongs, as far as is known
   */
  public void recognize(Runnable then) {
    if (asked) {
      then.run();
    } else {
      asked = true;
      ids.recognize(then);
    }
  }

  /** Where the client belongs; null if it may go anywhere. */
  public @Nullable Placement placement() {
    SessionBinding resolved = resolved();
    return resolved == null ? null : resolved.placement();
  }

  /** The cluster's key of the session that says where the client belongs; null if none does. */
  public @Nullable SessionKey key() {
    SessionBinding resolved = resolved();
    return resolved == null ? null : resolved.key();
  }

  private @Nullable SessionBinding resolved() {
    SessionBinding binding = ids.first();
    while (binding != null && !binding.isResolved()) {
      binding = binding.next();
    }
    return binding;
  }

  /** Whether the client came with an id that binds it to this server. */
  public boolean isBoundTo(long server) {
    Placement placement = ids.areRecognized() ? placement() : null;
    return placement != null && placement.server() == server;
  }

  /** By which all nodes choose the same server, for a session that has had to leave its own. */
  public @Nullable SessionKey keyOnTheMove() {
    for (SessionBinding b = ids.first(); b != null; b = b.next()) {
      if (b.hasLeft()) {
        return b.key();
      }
    }
    return null;
  }

  /**
   * The client cannot stay at this server.
   *
   * @param then {@link #placement} says where it belongs now, if that is known
   */
  public void leave(long server, Runnable then) {
    leave(ids.first(), server, then);
  }

  private void leave(@Nullable SessionBinding from, long server, Runnable then) {
    boolean failBack = upstream.settings().affinity().failBack();
    for (SessionBinding binding = from; binding != null; binding = binding.next()) {
      if (!binding.isAt(server)) {
        continue;
      }
      if (!failBack || binding.isAway()) {
        binding.leave();
        continue;
      }
      binding.goAway();
      SessionBinding gone = binding;
      if (!ids.isKnown(gone)) {
        ids.ask(
            gone,
            () -> {
              resolveIfPlaced(gone);
              leave(gone.next(), server, then);
            });
        return;
      }
      resolveIfPlaced(gone);
    }
    then.run();
  }

  private void resolveIfPlaced(SessionBinding binding) {
    if (binding.hasPlacement()) {
      ids.resolve(binding, binding.placement());
    }
  }

  /** Whether the cluster need not be told where the client goes. */
  public boolean isResolved() {
    for (SessionBinding b = ids.first(); b != null; b = b.next()) {
      if (!b.isResolved()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Binds the client to this server, by all its ids that are not resolved.
   *
   * @param usable which servers may be; called on any thread
   * @param then {@link #placement} may be another server, which another node has chosen before
   */
  public void bind(Backend backend, LongPredicate usable, Runnable then) {
    bind(ids.first(), backend.hash(), usable, then);
  }

  private void bind(
      @Nullable SessionBinding from, long server, LongPredicate usable, Runnable then) {
    SessionBinding unresolved = from;
    while (unresolved != null && unresolved.isResolved()) {
      unresolved = unresolved.next();
    }
    if (unresolved == null) {
      then.run();
      return;
    }
    SessionBinding binding = unresolved;
    ids.once(
        ids.table()
            .move(
                binding.key(),
                binding.placement(),
                usable,
                key -> server,
                binding.ttl(),
                ids.replicate()),
        agreed -> {
          boolean moves = ids.areRecognized() && binding.hasLeft();
          ids.resolve(binding, placement(agreed, server, usable));
          if (moves || !ids.areRecognized()) {
            ids.record(moves ? AffinityOutcome.MOVED : AffinityOutcome.NEW, binding.rule());
          }
          Placement first = placement();
          bind(binding.next(), first == null ? server : first.server(), usable, then);
        });
  }

  /** Fails open: whatever the cluster says, the request goes on. */
  private static Placement placement(
      @Nullable Placement agreed, long server, LongPredicate usable) {
    if (agreed == null) {
      return new Placement(server, 0);
    }
    return usable.test(agreed.server()) ? agreed : new Placement(server, agreed.version());
  }

  /**
   * The session moves from where it is to this server, which has answered. Not with {@code
   * fail-back}: its home is up.
   *
   * @param usable as for {@link #bind}
   * @return completes when the cluster agrees; null where nothing moves
   */
  public @Nullable CompletionStage<?> move(Backend better, LongPredicate usable) {
    Placement placement = placement();
    if (placement == null
        || placement.server() == better.hash()
        || upstream.settings().affinity().failBack()) {
      return null;
    }
    for (SessionBinding b = ids.first(); b != null; b = b.next()) {
      if (b.isAt(placement.server())) {
        b.leave();
      }
    }
    CompletableFuture<Void> agreed = new CompletableFuture<>();
    bind(ids.first(), better.hash(), usable, () -> agreed.complete(null));
    return agreed;
  }

  /** The request goes to this server: a new client gets our cookie. */
  public void issueCookie(Backend backend) {
    AffinityRule.Cookie rule = upstream.affinity().cookie();
    if (!ids.areRecognized() && rule != null) {
      ids.issueCookie(backend);
      ids.record(AffinityOutcome.NEW, rule);
    }
  }

  /** Whether the body of this response is needed before the response may leave. */
  public boolean needsBody(HttpResponse head) {
    return Learning.mayHaveSid(head) && isHandshake();
  }

  /**
   * Binds the ids that a server gives its client to that server.
   *
   * @param body empty unless it is here as a whole
   * @return completes when the client may hear of it; null for at once
   */
  public @Nullable CompletionStage<?> learn(HttpResponse head, ByteString body, Backend from) {
    return Learning.learn(ids, head, body, isHandshake(), from);
  }

  private boolean isHandshake() {
    return upstream.affinity().isHandshake(request().method(), request().target());
  }

  /** Goes on, on the loop, once the cluster knows. */
  public void once(CompletionStage<?> known, Runnable then) {
    ids.once(known, ignored -> then.run());
  }

  /** The header lines that tell the client of its session. */
  public List<HttpHeader> headers(boolean secure) {
    OwnCookie cookie = ids.cookie();
    return cookie == null ? List.of() : cookie.headers(secure);
  }
}
