package dev.limpet.proxy.servers;

import akka.util.ByteString;
import dev.limpet.balancing.affinity.EngineIo;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SetCookie;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream's clients are known by, and how servers' responses tell.
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

  /** An id that a response gives to its client. */
  public record Issued(IdSource source, String id) {}

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

  /** Whether it is such a response. */
  public static boolean mayHaveSid(HttpResponse head) {
    return head.status().code() == 200;
  }

  /**
   * @param body empty unless it is here as a whole
   */
  public List<Issued> issued(HttpResponse head, ByteString body, boolean handshake) {
    List<Issued> issued = List.of();
    if (!learned.isEmpty()) {
      List<String> cookies = head.headers().getAll(HttpHeaderNames.SET_COOKIE);
      Instant now = cookies.isEmpty() ? Instant.EPOCH : Instant.now();
      for (String cookie : cookies) {
        for (IdSource source : learned) {
          issued = with(issued, source, SetCookie.value(cookie, source.name(), now));
        }
      }
    }
    if (engineIo != null && handshake && mayHaveSid(head)) {
      String start = body.take(EngineIo.LOOKED_AT).decodeString(StandardCharsets.ISO_8859_1);
      issued = with(issued, engineIo, EngineIo.sid(start));
    }
    return issued;
  }

  private static List<Issued> with(List<Issued> issued, IdSource source, @Nullable String id) {
    if (id == null) {
      return issued;
    }
    List<Issued> more = new ArrayList<>(issued);
    more.add(new Issued(source, id));
    return more;
  }
}
