package dev.limpet.balancing.affinity;

import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Session cookies of one upstream. The value is base64url without padding of: the number of its key
 * (1 byte), session key (16), placement version (8), time of issue (5), backend (8), and the first
 * 16 bytes of an HMAC-SHA256 of all that.
 *
 * <p>The backend is a hash of an address, of which there are few enough to try: it is hidden by
 * another HMAC, of the signature, so that nobody without the key can tell one backend from another.
 * This is SIV mode (RFC 5297) with HMACs in place of its two ciphers. Both keys are made of a key
 * of the ring and of the upstream's name, so that a cookie of another upstream does not verify
 * here.
 *
 * <p>Safe for any thread.
 */
public final class CookieCodec {

  private static final int OPEN_BYTES = 1 + 16 + 8 + 5;
  private static final int CONTENT_BYTES = OPEN_BYTES + 8;
  private static final int SIGNATURE_BYTES = 16;
  private static final int CHARACTERS = (CONTENT_BYTES + SIGNATURE_BYTES) * 4 / 3;
  private static final int VERIFIED_SLOTS = 4096;

  /** Changes with the format. */
  private static final String LABEL = "limpet session cookie 2 ";

  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final Key[] keys;

  /**
   * Cookies that were verified before: a client that comes back costs a comparison of strings.
   *
   * <p>Safe without locks or fences: entries are immutable, with final fields only, so a thread
   * sees a whole entry or none, and losing a race only costs another verification. An entry never
   * becomes wrong: it holds the whole value, and the keys and the upstream of a codec are fixed.
   * Only what verified gets in, so a forger can neither fill nor poison it.
   */
  private final AtomicReferenceArray<@Nullable Verified> verified =
      new AtomicReferenceArray<>(VERIFIED_SLOTS);

  public CookieCodec(KeyRing ring, String upstream) {
    this.keys = ring.keys().stream().map(key -> Key.of(key, upstream)).toArray(Key[]::new);
  }

  /** Whether there is a key: a node that has never reached the others may have none yet. */
  public boolean canSign() {
    return keys.length > 0;
  }

  /**
   * Signs with the first key. {@code issuedAt} must be below 2⁴⁰, which lasts for 34,000 years.
   *
   * @throws IllegalStateException if the ring has no key
   */
  public String encode(SessionCookie cookie) {
    if (!canSign()) {
      throw new IllegalStateException("there is no key to sign session cookies with");
    }
    Key key = keys[0];
    ByteBuffer bytes = ByteBuffer.allocate(CONTENT_BYTES + SIGNATURE_BYTES);
    bytes.put(key.number()).putLong(cookie.key().high()).putLong(cookie.key().low());
    bytes.putLong(cookie.placement().version());
    bytes.put((byte) (cookie.issuedAt() >>> 32)).putInt((int) cookie.issuedAt());
    bytes.putLong(cookie.placement().server());
    bytes.put(key.signature(bytes.array()), 0, SIGNATURE_BYTES);
    key.hide(bytes.array());
    return ENCODER.encodeToString(bytes.array());
  }

  /**
   * @return null for anything that {@link #encode} did not make with one of the ring's keys
   */
  public @Nullable SessionCookie decode(String value) {
    if (value.length() != CHARACTERS) {
      return null;
    }
    int slot = value.hashCode() & (VERIFIED_SLOTS - 1);
    Verified before = verified.getPlain(slot);
    if (before != null && isSame(before.value(), value)) {
      return before.cookie();
    }
    SessionCookie cookie = verify(value);
    if (cookie != null) {
      verified.setPlain(slot, new Verified(value, cookie));
    }
    return cookie;
  }

  private @Nullable SessionCookie verify(String value) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(value);
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
    if (bytes.length != CONTENT_BYTES + SIGNATURE_BYTES) {
      return null;
    }
    for (Key key : keys) {
      SessionCookie cookie = key.number() == bytes[0] ? verify(bytes, key) : null;
      if (cookie != null) {
        return cookie;
      }
    }
    return null;
  }

  private static @Nullable SessionCookie verify(byte[] bytes, Key key) {
    key.hide(bytes);
    byte[] given = Arrays.copyOfRange(bytes, CONTENT_BYTES, bytes.length);
    if (!MessageDigest.isEqual(given, Arrays.copyOf(key.signature(bytes), SIGNATURE_BYTES))) {
      key.hide(bytes);
      return null;
    }
    ByteBuffer content = ByteBuffer.wrap(bytes, 1, CONTENT_BYTES - 1);
    SessionKey session = new SessionKey(content.getLong(), content.getLong());
    long version = content.getLong();
    long issuedAt = ((content.get() & 0xffL) << 32) | (content.getInt() & 0xffffffffL);
    return new SessionCookie(session, new Placement(content.getLong(), version), issuedAt);
  }

  /** Takes the same time wherever two values of a cookie's length differ. */
  private static boolean isSame(String a, String b) {
    int difference = 0;
    for (int i = 0; i < CHARACTERS; i++) {
      difference |= a.charAt(i) ^ b.charAt(i);
    }
    return difference == 0;
  }

  /**
   * One key of the ring, and the MACs that are made of it.
   *
   * @param number by which its cookies are told from those of most others; no secret
   */
  private record Key(byte number, Mac signs, Mac hides) {

    static Key of(byte[] secret, String upstream) {
      Mac expand = mac(secret);
      return new Key(
          digest(expand, LABEL + "number")[0],
          mac(digest(expand, LABEL + "signs " + upstream)),
          mac(digest(expand, LABEL + "hides " + upstream)));
    }

    byte[] signature(byte[] bytes) {
      return digest(signs, bytes, 0, CONTENT_BYTES);
    }

    /** Hides the backend of a signed cookie, or shows it again. */
    void hide(byte[] bytes) {
      byte[] mask = digest(hides, bytes, CONTENT_BYTES, SIGNATURE_BYTES);
      for (int i = 0; i < CONTENT_BYTES - OPEN_BYTES; i++) {
        bytes[OPEN_BYTES + i] ^= mask[i];
      }
    }

    private static byte[] digest(Mac prototype, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return digest(prototype, bytes, 0, bytes.length);
    }

    private static byte[] digest(Mac prototype, byte[] bytes, int offset, int length) {
      try {
        // A Mac is not safe for threads. Copying one that has its key already is cheap, and reading
        // the prototype, which never changes, is safe.
        Mac mac = (Mac) prototype.clone();
        mac.update(bytes, offset, length);
        return mac.doFinal();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("the JDK's HmacSHA256 can be copied", e);
      }
    }

    private static Mac mac(byte[] key) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac;
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every Java platform has HmacSHA256", e);
      } catch (InvalidKeyException e) {
        throw new IllegalArgumentException("not a key for session cookies", e);
      }
    }
  }

  private record Verified(String value, SessionCookie cookie) {}
}
