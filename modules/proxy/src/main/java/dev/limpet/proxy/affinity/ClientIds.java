package dev.limpet.proxy.affinity;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import dev.limpet.proxy.message.RequestView;
import dev.limpet.proxy.recording.AffinityOutcome;
import dev.limpet.proxy.recording.RequestRecording;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.loop.Loop;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ids that the client of one request brings, up to the first that is known, and what the
 * cluster knows of them. On the loop of the client's connection.
 */
final class ClientIds {

  private final NodeSessions sessions;
  private final Upstream upstream;
  private final Loop loop;
  private final RequestView request;
  private final RequestRecording recording;
  private final Consumer<Throwable> broken;

  /** In the order of the rules. */
  private @Nullable SessionBinding first;

  private @Nullable OwnCookie cookie;
  private boolean recognized;

  ClientIds(
      NodeSessions sessions,
      Upstream upstream,
      Loop loop,
      RequestView request,
      RequestRecording recording,
      Consumer<Throwable> broken) {
    this.sessions = sessions;
    this.upstream = upstream;
    this.loop = loop;
    this.request = request;
    this.recording = recording;
    this.broken = broken;
  }

  Upstream upstream() {
    return upstream;
  }

  RequestView request() {
    return request;
  }

  SessionTable table() {
    return sessions.table();
  }

  Settings.Replicate replicate() {
    return upstream.settings().affinity().replicate();
  }

  void record(AffinityOutcome outcome, AffinityRule by) {
    recording.affinity(outcome, by);
  }

  @Nullable SessionBinding first() {
    return first;
  }

  /** Whether one of them is known. */
  boolean areRecognized() {
    return recognized;
  }

  /** Our own, which the client has brought or is given; null where there is none. */
  @Nullable OwnCookie cookie() {
    return cookie;
  }

  void issueCookie(Backend backend) {
    OwnCookie issued = new OwnCookie(sessions, upstream);
    issued.issue(backend);
    cookie = issued;
  }

  /** Whether the client has brought this id itself, which has been seen to by now. */
  boolean have(SessionKey id) {
    for (SessionBinding binding = first; binding != null; binding = binding.next()) {
      if (binding.id().equals(id)) {
        return true;
      }
    }
    return false;
  }

  /** Goes through the rules, until one knows the client. */
  void recognize(Runnable then) {
    recognize(0, 0, null, then);
  }

  /**
   * @param from the source to begin with
   * @param skip how many of its ids have been looked at
   * @param unknown the first of these, as nobody knows it
   */
  private void recognize(int from, int skip, @Nullable SessionBinding unknown, Runnable then) {
    List<IdSource> sources = upstream.affinity().sources();
    SessionBinding unknownOfSource = unknown;
    int start = skip;
    for (int i = from; i < sources.size(); i++) {
      List<String> ids = sources.get(i).ids(request);
      for (int j = start; j < ids.size(); j++) {
        SessionBinding binding = read(sources.get(i), ids.get(j));
        if (binding == null) {
          continue;
        }
        SessionBinding remembered = unknownOfSource == null ? binding : unknownOfSource;
        if (!isKnown(binding)) {
          int same = i;
          int next = j + 1;
          ask(
              binding,
              () -> {
                if (isRecognizedBy(binding)) {
                  then.run();
                } else {
                  recognize(same, next, remembered, then);
                }
              });
          return;
        }
        if (isRecognizedBy(binding)) {
          then.run();
          return;
        }
        unknownOfSource = remembered;
      }
      remember(unknownOfSource);
      unknownOfSource = null;
      start = 0;
    }
    then.run();
  }

  /** The binding by this id, or null where it is none. */
  private @Nullable SessionBinding read(IdSource source, String id) {
    return switch (source.rule()) {
      case AffinityRule.Cookie settings -> {
        OwnCookie own = new OwnCookie(sessions, upstream);
        SessionCookie found = own.read(settings, id);
        cookie = found == null ? cookie : own;
        yield found == null ? null : new SessionBinding(source, found.key(), found.placement());
      }
      case AffinityRule.Route route -> {
        Backend named = upstream.snapshot().named(id);
        yield named == null
            ? null
            : new SessionBinding(source, source.key(id), new Placement(named.hash(), 0));
      }
      case AffinityRule.Learn rule -> withoutPlacement(source, id);
      case AffinityRule.Header rule -> withoutPlacement(source, id);
      case AffinityRule.Query rule -> withoutPlacement(source, id);
      case AffinityRule.SocketIo rule -> withoutPlacement(source, id);
      case AffinityRule.Ip rule -> withoutPlacement(source, id);
    };
  }

  private static SessionBinding withoutPlacement(IdSource source, String id) {
    return new SessionBinding(source, source.key(id), Placement.NONE);
  }

  /** Hears what this node knows, and says whether that will do; else {@link #ask} does. */
  boolean isKnown(SessionBinding binding) {
    binding.hear(table().find(binding.key(), binding.ttl()));
    return replicate() == Settings.Replicate.ASYNC
        || (binding.hasPlacement() && table().isCurrent(binding.key()));
  }

  void ask(SessionBinding binding, Runnable then) {
    once(
        table().ask(binding.key(), binding.ttl()),
        found -> {
          if (found != null) {
            binding.hear(found.orElse(null));
          }
          then.run();
        });
  }

  /**
   * Goes on with what the cluster answers.
   *
   * @param then gets null where it does not answer
   */
  <T> void once(CompletionStage<T> answer, Consumer<@Nullable T> then) {
    if (answer.toCompletableFuture().isDone()) {
      LoopStages.then(answer, loop, then, broken);
      return;
    }
    long since = System.nanoTime();
    LoopStages.then(
        answer,
        loop,
        known -> {
          recording.placed(System.nanoTime() - since);
          then.accept(known);
        },
        broken);
  }

  private boolean isRecognizedBy(SessionBinding binding) {
    if (!binding.hasPlacement()) {
      return false;
    }
    recognized = true;
    record(AffinityOutcome.KEPT, binding.rule());
    resolve(binding, binding.placement());
    append(binding);
    return true;
  }

  /** Our cookie names a session's home, or where it has moved for good. */
  void resolve(SessionBinding binding, Placement placement) {
    binding.resolve(placement);
    if (cookie != null && binding.rule() instanceof AffinityRule.Cookie && !binding.isAway()) {
      cookie.hear(placement);
    }
  }

  /** Of several cookies of one name that nobody knows, the first is bound where the client goes. */
  private void remember(@Nullable SessionBinding unknown) {
    if (unknown != null && isTheClientsToMake(unknown.rule())) {
      append(unknown);
    }
  }

  private void append(SessionBinding binding) {
    if (first == null) {
      first = binding;
    } else {
      first.append(binding);
    }
  }

  /**
   * Whether an id that nobody knows is bound because a client shows it. What servers make is theirs
   * to bind, see {@link Learning}: anybody can invent such ids, and each would push out a session.
   */
  private boolean isTheClientsToMake(AffinityRule rule) {
    return switch (rule) {
      case AffinityRule.SocketIo sid -> false;
      case AffinityRule.Learn learned ->
          upstream.settings().affinity().learnUnknown()
              && sessions
                  .unknownIds()
                  .admits(
                      request.address(),
                      sessions.nowSeconds(),
                      upstream.settings().affinity().learnUnknownLimit());
      case AffinityRule.Cookie own -> true;
      case AffinityRule.Route route -> true;
      case AffinityRule.Header header -> true;
      case AffinityRule.Query query -> true;
      case AffinityRule.Ip ip -> true;
    };
  }

  /** Whether the request has a cookie of ours that was made for this upstream, and is valid. */
  boolean haveOwnCookie() {
    for (IdSource source : upstream.affinity().sources()) {
      if (source.rule() instanceof AffinityRule.Cookie settings) {
        OwnCookie own = new OwnCookie(sessions, upstream);
        return source.ids(request).stream().anyMatch(id -> own.read(settings, id) != null);
      }
    }
    return false;
  }

  /**
   * The first id of the client but for our own cookie, which may be another upstream's; or null.
   */
  @Nullable String lastingId() {
    for (IdSource source : upstream.affinity().sources()) {
      String id = source.rule() instanceof AffinityRule.Cookie ? null : source.id(request);
      if (id != null) {
        return id;
      }
    }
    return null;
  }
}
