package dev.limpet.proxy.affinity;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import dev.limpet.proxy.servers.AffinityRules;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Ties the ids that a server gives its client to that server. */
final class Learning {

  private Learning() {}

  /**
   * @param seenTo which ids the client has brought itself, and are bound
   * @return completes when the client may hear of the ids; null for at once
   */
  static @Nullable CompletionStage<?> learn(
      List<AffinityRules.Issued> ids,
      ClientFacts request,
      Predicate<SessionKey> seenTo,
      Backend from,
      SessionTable table,
      Settings.Replicate replicate) {
    CompletionStage<?> all = null;
    for (AffinityRules.Issued issued : ids) {
      SessionKey key = issued.source().key(issued.id());
      CompletionStage<Placement> tied =
          seenTo.test(key) ? null : tie(key, issued, request, from.hash(), table, replicate);
      if (tied != null) {
        all = all == null ? tied : all.thenCombine(tied, (one, other) -> other);
      }
    }
    return all;
  }

  /** Null where the session is at that server by now. */
  private static @Nullable CompletionStage<Placement> tie(
      SessionKey key,
      AffinityRules.Issued issued,
      ClientFacts request,
      long server,
      SessionTable table,
      Settings.Replicate replicate) {
    Duration ttl = issued.source().rule().ttl();
    Placement known = table.find(key, ttl);
    if (known != null) {
      // The server that has just answered is the one that knows the session now.
      return known.backend() == server
          ? null
          : table.move(key, known, hash -> hash == server, any -> server, ttl, replicate);
    }
    // An id that its client has shown may be on its way to other servers, too, by any node: who
    // accepts
    // it first has it. One that is new has been seen by nobody.
    return issued.source().ids(request).contains(issued.id())
        ? table.move(key, Placement.NONE, anywhere -> true, any -> server, ttl, replicate)
        : table.bind(key, server, ttl, replicate);
  }
}
