package dev.limpet.balancing;

import dev.limpet.balancing.affinity.CookieHeader;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.Target;
import dev.limpet.model.settings.Balance;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What of a request its server is picked by, as a hash that is the same at every node. */
public final class HashKey {

  /** Of requests that do not have it, and of methods that do not go by any. */
  public static final long NONE = 0;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private HashKey() {}

  /** Safe for any thread. */
  public static ToLongFunction<IdSource.Request> of(Balance method) {
    return switch (method) {
      case Balance.IpHash ip ->
          request -> hash(request.address(), IdSource.networkLength(request.address()));
      case Balance.Hash(Balance.Source source, String name) ->
          switch (source) {
            case HEADER -> request -> hash(request.header(name));
            case COOKIE -> request -> hash(cookie(request, name));
            case QUERY -> request -> hash(Target.query(request.target(), name));
            case PATH -> request -> path(request.target());
            case ADDRESS -> request -> hash(request.address());
          };
      case Balance.RoundRobin m -> request -> NONE;
      case Balance.LeastConnections m -> request -> NONE;
      case Balance.LeastTime m -> request -> NONE;
      case Balance.RandomTwo m -> request -> NONE;
    };
  }

  private static @Nullable String cookie(IdSource.Request request, String name) {
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

  /** FNV-1a over the chars up to there, mixed, since its lower bits alone are not good enough. */
  private static long hash(String text, int length) {
    if (length == 0) {
      return NONE;
    }
    long hash = FNV_OFFSET;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    long mixed = Rendezvous.mix(hash);
    return mixed == NONE ? 1 : mixed;
  }
}
