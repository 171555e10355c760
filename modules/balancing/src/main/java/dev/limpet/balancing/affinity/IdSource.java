package dev.limpet.balancing.affinity;

import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.balancing.request.CookieHeader;
import dev.limpet.balancing.request.Target;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.AffinityRule.Cookie;
import dev.limpet.model.state.SessionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One part of requests that carries an id of their client. A rule that has several names has
 * several. Of an id of the cookie rule, the keys are in the cookie itself. Safe for any thread.
 *
 * @param name of the cookie, header or parameter; empty where the rule has none
 */
public record IdSource(
    AffinityRule rule, String name, SessionKeys keys, Function<ClientFacts, List<String>> reader) {

  /** In the order in which they are asked. */
  public static List<IdSource> of(String upstream, List<AffinityRule> rules) {
    List<IdSource> sources = new ArrayList<>();
    for (AffinityRule rule : rules) {
      switch (rule) {
        case Cookie cookie ->
            sources.add(source(upstream, rule, "cookie", cookie.name(), cookie(cookie.name())));
        case AffinityRule.Learn learn -> {
          for (String name : learn.cookies()) {
            sources.add(source(upstream, rule, "learn", name, cookie(name)));
          }
        }
        case AffinityRule.Route route -> {
          // No names in the keys: a session's value is the same in a cookie and in the target.
          for (String name : route.cookies()) {
            sources.add(source(upstream, rule, "route", "", cookie(name)));
          }
          for (String name : route.queries()) {
            sources.add(source(upstream, rule, "route", "", parameter(name)));
          }
        }
        case AffinityRule.Header header ->
            sources.add(
                source(upstream, rule, "header", header.name(), r -> one(r.header(header.name()))));
        case AffinityRule.Query query ->
            sources.add(source(upstream, rule, "query", query.name(), query(query.name())));
        case AffinityRule.SocketIo socketIo ->
            sources.add(source(upstream, rule, "socket-io", "", query(EngineIo.SID)));
        case AffinityRule.Ip ip ->
            sources.add(source(upstream, rule, "ip", "", r -> one(network(r.address()))));
      }
    }
    return List.copyOf(sources);
  }

  /**
   * The ids that the request carries there, none of them empty. Cookies of one name may be several:
   * of several paths or domains, or planted. The one that is known counts.
   */
  public List<String> ids(ClientFacts request) {
    return reader.apply(request);
  }

  /** The first of them; null where the request has none. */
  public @Nullable String id(ClientFacts request) {
    List<String> ids = ids(request);
    return ids.isEmpty() ? null : ids.getFirst();
  }

  public SessionKey key(String id) {
    return keys.of(id);
  }

  private static IdSource source(
      String upstream,
      AffinityRule rule,
      String kind,
      String name,
      Function<ClientFacts, List<String>> reader) {
    return new IdSource(rule, name, new SessionKeys(upstream, kind, name), reader);
  }

  private static Function<ClientFacts, List<String>> cookie(String name) {
    return request -> CookieHeader.values(request.headers("cookie"), name);
  }

  private static Function<ClientFacts, List<String>> query(String name) {
    return request -> one(Target.query(request.target(), name));
  }

  private static Function<ClientFacts, List<String>> parameter(String name) {
    return request -> {
      String query = Target.query(request.target(), name);
      return one(query == null ? Target.pathParameter(request.target(), name) : query);
    };
  }

  private static List<String> one(@Nullable String id) {
    return id == null || id.isEmpty() ? List.of() : List.of(id);
  }

  private static String network(String address) {
    return address.substring(0, networkLength(address));
  }

  /** How much of it is three octets of IPv4, as nginx's ip_hash takes them; all of IPv6. */
  public static int networkLength(String address) {
    return address.indexOf(':') < 0 ? address.lastIndexOf('.') + 1 : address.length();
  }
}
