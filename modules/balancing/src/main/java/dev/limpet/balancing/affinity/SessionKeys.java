package dev.limpet.balancing.affinity;

import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Keys of the ids that one affinity rule of one upstream goes by: the first 128 bits of the SHA-256
 * of the upstream's name, the rule's name, the name of its cookie, header or parameter, each with a
 * NUL behind it, which none of them holds, and the id. Safe for any thread.
 */
public final class SessionKeys {

  /** Of a session's other placement, while it cannot be at home. Any constant would do. */
  private static final long AWAY = SplitMix64.GOLDEN_GAMMA;

  private final MessageDigest prefix;

  /**
   * @param rule as settings name it
   * @param name of the cookie, header or parameter; empty where the rule has none
   */
  public SessionKeys(String upstream, String rule, String name) {
    try {
      prefix = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
    for (String part : new String[] {upstream, rule, name}) {
      prefix.update(part.getBytes(StandardCharsets.UTF_8));
      prefix.update((byte) 0);
    }
  }

  public SessionKey of(String id) {
    try {
      // A digest is not safe for threads; copying one, which never changes, is, and it is cheap.
      MessageDigest digest = (MessageDigest) prefix.clone();
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
      return new SessionKey(hash.getLong(), hash.getLong());
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("the JDK's SHA-256 can be copied", e);
    }
  }

  /** The key of the placement that a session has while it cannot be at home. */
  public static SessionKey away(SessionKey home) {
    return new SessionKey(home.high() ^ AWAY, home.low() ^ AWAY);
  }
}
