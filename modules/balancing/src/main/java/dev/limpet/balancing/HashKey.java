package dev.limpet.balancing;

import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.balancing.request.CookieHeader;
import dev.limpet.balancing.request.Target;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.state.SplitMix64;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The hash, the same at every node, of the part of a request that its server is picked by. */
public final class HashKey {

  /** Of requests that do not have it, and of methods that do not go by any. */
  public static final long NONE = 0;

  private HashKey() {}

  /** Safe for any thread. */
  public static ToLongFunction<ClientFacts> of(BalancingMethod method) {
    return switch (method) {
      case BalancingMethod.IpHash ip ->
          request -> hash(request.address(), IdSource.networkLength(request.address()));
      case BalancingMethod.Hash(BalancingMethod.Source source, String name) ->
          switch (source) {
            case HEADER -> request -> hash(request.header(name));
            case COOKIE -> request -> hash(cookie(request, name));
            case QUERY -> request -> hash(Target.query(request.target(), name));
            case PATH -> request -> path(request.target());
            case ADDRESS -> request -> hash(request.address());
          };
      case BalancingMethod.RoundRobin m -> request -> NONE;
      case BalancingMethod.LeastConnections m -> request -> NONE;
      case BalancingMethod.LeastTime m -> request -> NONE;
      case BalancingMethod.RandomTwo m -> request -> NONE;
    };
  }

  private static @Nullable String cookie(ClientFacts request, String name) {
    List<String> values = CookieHeader.values(request.headers("cookie"), name);
    return values.isEmpty() ? null : values.getFirst();
  }

  private static long path(String target) {
    int query = target.indexOf('?');
    return hash(target, query < 0 ? target.length() : query);
  }

  private static long hash(@Nullable String text) {
    return text == null ? NONE : hash(text, text.length());
  }

  /** Of the chars up to there. */
  private static long hash(String text, int length) {
    if (length == 0) {
      return NONE;
    }
    long mixed = SplitMix64.mix(Fnv1a.hash(text, length));
    return mixed == NONE ? 1 : mixed;
  }
}
