package dev.limpet.balancing.affinity;

import dev.limpet.balancing.request.Target;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of Engine.IO, under which Socket.IO runs, as far as it names the session
 * (https://socket.io/docs/v4/engine-io-protocol/). By polling: over a WebSocket, a session has one
 * connection and needs no name.
 */
public final class EngineIo {

  /** How many bytes of the body of an answer are looked at. */
  public static final int LOOKED_AT = 4096;

  static final String SID = "sid";

  /** In a string of JavaScript, which is what JSONP makes of JSON, quotes are escaped. */
  private static final Pattern ISSUED =
      Pattern.compile("\\\\?\"sid\\\\?\"\\s*:\\s*\\\\?\"([^\"\\\\]+)\\\\?\"");

  private EngineIo() {}

  /** Whether a request asks for a new session. */
  public static boolean isHandshake(String method, String target) {
    if (!method.equals("GET") && !method.equals("POST")) {
      return false;
    }
    String sid = Target.query(target, SID);
    return (sid == null || sid.isEmpty())
        && Target.query(target, "EIO") != null
        && "polling".equals(Target.query(target, "transport"));
  }

  /**
   * The session that the answer to a handshake begins: {@code 0{"sid":"…"}}, with its length before
   * it in version 3, and in a call of a function with JSONP.
   *
   * @return null where it begins none
   */
  public static @Nullable String sid(String body) {
    Matcher issued = ISSUED.matcher(body);
    return issued.find() ? issued.group(1) : null;
  }
}
