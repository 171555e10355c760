package dev.limpet.proxy.affinity;

import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.EngineIo;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SetCookie;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import dev.limpet.proxy.recording.AffinityOutcome;
import dev.limpet.proxy.servers.AffinityRules;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Binds the ids that a server's response gives its client to that server. */
final class Learning {

  private final ClientIds ids;
  private final long server;

  /** Null where the client may hear of the ids at once. */
  private @Nullable CompletionStage<?> all;

  private Learning(ClientIds ids, Backend from) {
    this.ids = ids;
    this.server = from.hash();
  }

  /** Whether a response to a handshake of Engine.IO may say a sid in its body. */
  static boolean mayHaveSid(HttpResponse head) {
    return head.status().code() == 200;
  }

  /**
   * @param body empty unless it is here as a whole
   * @param handshake whether the request was a handshake of Engine.IO
   * @return completes when the client may hear of the ids; null for at once
   */
  static @Nullable CompletionStage<?> learn(
      ClientIds ids, HttpResponse head, ByteString body, boolean handshake, Backend from) {
    AffinityRules rules = ids.upstream().affinity();
    List<String> cookies =
        rules.learned().isEmpty() ? List.of() : head.headers().getAll(HttpHeaderNames.SET_COOKIE);
    IdSource sid = handshake && mayHaveSid(head) ? rules.engineIo() : null;
    if (cookies.isEmpty() && sid == null) {
      return null;
    }
    Learning learning = new Learning(ids, from);
    learning.cookies(cookies, rules.learned());
    if (sid != null) {
      String start = body.take(EngineIo.LOOKED_AT).decodeString(StandardCharsets.ISO_8859_1);
      learning.learn(sid, EngineIo.sid(start));
    }
    return learning.all;
  }

  private void cookies(List<String> cookies, List<IdSource> sources) {
    Instant now = cookies.isEmpty() ? Instant.EPOCH : Instant.now();
    for (String cookie : cookies) {
      for (IdSource source : sources) {
        learn(source, SetCookie.value(cookie, source.name(), now));
      }
    }
  }

  private void learn(IdSource source, @Nullable String id) {
    if (id == null) {
      return;
    }
    SessionKey key = source.key(id);
    CompletionStage<Placement> bound = ids.have(key) ? null : bind(key, source, id);
    if (bound != null) {
      if (!ids.areRecognized()) {
        ids.record(AffinityOutcome.NEW, source.rule());
      }
      all = all == null ? bound : all.thenCombine(bound, (one, other) -> other);
    }
  }

  /** Null where the session is at that server by now. */
  private @Nullable CompletionStage<Placement> bind(SessionKey key, IdSource source, String id) {
    SessionTable table = ids.table();
    Duration ttl = source.rule().ttl();
    Placement known = table.find(key, ttl);
    if (known != null) {
      // The server that has just answered is the one that knows the session now.
      return known.server() == server
          ? null
          : table.move(key, known, hash -> hash == server, any -> server, ttl, ids.replicate());
    }
    // An id that its client has shown may be on its way to other servers, too, by any node: who
    // accepts it first has it. One that is new has been seen by nobody.
    return source.ids(ids.request()).contains(id)
        ? table.move(key, Placement.NONE, anywhere -> true, any -> server, ttl, ids.replicate())
        : table.bind(key, server, ttl, ids.replicate());
  }
}
