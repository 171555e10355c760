package dev.limpet.proxy.servers;

import dev.limpet.balancing.affinity.EngineIo;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which an upstream's clients are known.
 *
 * @param sources where requests carry ids, in the order in which they count
 * @param cookie settings of our own cookie, if new clients get one
 * @param learned cookies of applications
 * @param engineIo where requests carry the sid of Engine.IO, if that is learned
 */
public record AffinityRules(
    List<IdSource> sources,
    AffinityRule.@Nullable Cookie cookie,
    List<IdSource> learned,
    @Nullable IdSource engineIo) {

  static AffinityRules of(Settings.Upstream upstream) {
    List<IdSource> sources = IdSource.of(upstream.name(), upstream.affinity().rules());
    return new AffinityRules(
        sources,
        upstream.affinity().cookie().orElse(null),
        sources.stream().filter(s -> s.rule() instanceof AffinityRule.Learn).toList(),
        sources.stream()
            .filter(s -> s.rule() instanceof AffinityRule.SocketIo)
            .findFirst()
            .orElse(null));
  }

  /**
   * The name of the cookie that is between the client and us, and no server's business; or null.
   */
  public @Nullable String hiddenCookie() {
    return cookie == null || cookie.pass() ? null : cookie.name();
  }

  /** Whether the response to this request will say the client's id in its body. */
  public boolean isHandshake(String method, String target) {
    return engineIo != null && EngineIo.isHandshake(method, target);
  }
}
