package dev.limpet.admin;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.cluster.sessions.SessionCensus;
import dev.limpet.cluster.sessions.SessionCounters;
import dev.limpet.cluster.sessions.SessionEntry;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ServerState;
import dev.limpet.model.state.SessionKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code GET /api/v1/sessions}: what an operator may know of the session table. Nobody learns ids
 * from it that he does not know.
 */
final class SessionsApi {

  static final Set<String> PARAMETERS = Set.of("upstream", "by", "name", "id");

  /** {@code GET /api/v1/sessions}. */
  record Overview(long table, Map<String, Upstream> upstreams, Counters counters) {}

  /** An upstream's sessions, and those of each of its servers. */
  record Upstream(long sessions, Map<String, Long> servers) {}

  /** {@link SessionCounters}, of this node. */
  record Counters(
      long bound,
      long moved,
      long expired,
      long evicted,
      long conflicts,
      long quorumFailures,
      double replicationSeconds) {}

  /** One session. */
  record Session(String upstream, String server, long secondsLeft) {}

  private final ClusterNode cluster;
  private final SessionLookup keys;

  SessionsApi(ClusterNode cluster, SessionLookup keys) {
    this.cluster = cluster;
    this.keys = keys;
  }

  HttpResponse answer(Call call) {
    return call.parameter("id").isEmpty() ? overview() : find(call);
  }

  private HttpResponse overview() {
    Sessions sessions = cluster.sessions();
    SessionCensus census = sessions.census();
    Map<String, Upstream> upstreams = new TreeMap<>();
    cluster
        .snapshot()
        .servers()
        .forEach(
            (name, servers) -> {
              Map<String, Long> counts = new TreeMap<>();
              for (ServerState state : servers) {
                ServerId id = state.server().id();
                counts.put(id.value(), census.byBackend().getOrDefault(id.hash(), 0L));
              }
              long sum = counts.values().stream().mapToLong(count -> count).sum();
              upstreams.put(name, new Upstream(sum, counts));
            });
    SessionCounters counters = sessions.counters();
    return JsonResponses.json(
        StatusCodes.OK,
        new Overview(
            census.total(),
            upstreams,
            new Counters(
                counters.boundCount(),
                counters.movedCount(),
                sessions.expired(),
                sessions.evicted(),
                counters.conflictCount(),
                counters.quorumFailureCount(),
                counters.lagSeconds())));
  }

  private HttpResponse find(Call call) {
    String upstream = call.parameter("upstream").orElse("");
    SessionKey key;
    try {
      key =
          keys.key(
              upstream,
              call.parameter("by").orElse(""),
              call.parameter("name").orElse(""),
              call.parameter("id").orElse(""));
    } catch (IllegalArgumentException e) {
      return JsonResponses.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
    SessionEntry entry = cluster.sessions().peek(key);
    if (entry == null) {
      return JsonResponses.error(StatusCodes.NOT_FOUND, "this node knows no such session");
    }
    return JsonResponses.json(
        StatusCodes.OK, new Session(upstream, nameOf(entry.server()), entry.millisLeft() / 1000));
  }

  private String nameOf(long server) {
    Map<Long, String> names = new HashMap<>();
    cluster
        .snapshot()
        .servers()
        .values()
        .forEach(
            servers ->
                servers.forEach(
                    state -> names.put(state.server().id().hash(), state.server().id().value())));
    return names.getOrDefault(server, "a server that is gone");
  }
}
