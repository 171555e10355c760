package dev.limpet.balancing;

import dev.limpet.model.KeyRing;
import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
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
 * Session cookies of one upstream, signed with HMAC-SHA256. The value is base64url without padding
 * of: format version (1 byte), session key (16), backend (8), placement version (8), time of issue
 * (5), and the first 16 bytes of the signature over all that and the upstream's name, so that a
 * cookie of another upstream does not verify here.
 *
 * <p>Safe for any thread.
 */
public final class CookieCodec {

  private static final byte FORMAT = 1;
  private static final int CONTENT_BYTES = 1 + 16 + 8 + 8 + 5;
  private static final int SIGNATURE_BYTES = 16;
  private static final int CHARACTERS = (CONTENT_BYTES + SIGNATURE_BYTES) * 4 / 3;
  private static final int VERIFIED_SLOTS = 4096;

  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final Mac[] macs;
  private final byte[] upstream;

  /**
   * Cookies that were verified before: a client that comes back costs a comparison of strings.
   *
   * <p>Safe without locks or fences: entries are immutable, with final fields only, so a thread sees
   * a whole entry or none, and losing a race only costs another verification. An entry never becomes
   * wrong: it holds the whole value, and the keys and the upstream of a codec are fixed. Only what
   * verified gets in, so a forger can neither fill nor poison it.
   */
  private final AtomicReferenceArray<@Nullable Verified> verified =
      new AtomicReferenceArray<>(VERIFIED_SLOTS);

  public CookieCodec(KeyRing keys, String upstream) {
    this.upstream = upstream.getBytes(StandardCharsets.UTF_8);
    this.macs = keys.keys().stream().map(CookieCodec::mac).toArray(Mac[]::new);
  }

  /**
   * Signs with the first key. {@code issuedAt} must be below 2⁴⁰, which lasts for 34,000 years.
   *
   * @throws IllegalStateException if the ring has no key
   */
  public String encode(SessionCookie cookie) {
    if (macs.length == 0) {
      throw new IllegalStateException("there is no key to sign session cookies with");
    }
    ByteBuffer bytes = ByteBuffer.allocate(CONTENT_BYTES + SIGNATURE_BYTES);
    bytes.put(FORMAT).putLong(cookie.key().high()).putLong(cookie.key().low());
    bytes.putLong(cookie.placement().backend()).putLong(cookie.placement().version());
    bytes.put((byte) (cookie.issuedAt() >>> 32)).putInt((int) cookie.issuedAt());
    bytes.put(signature(macs[0], bytes.array()), 0, SIGNATURE_BYTES);
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
    if (bytes.length != CONTENT_BYTES + SIGNATURE_BYTES || bytes[0] != FORMAT || !isSigned(bytes)) {
      return null;
    }
    ByteBuffer content = ByteBuffer.wrap(bytes, 1, CONTENT_BYTES - 1);
    SessionKey key = new SessionKey(content.getLong(), content.getLong());
    Placement placement = new Placement(content.getLong(), content.getLong());
    long issuedAt = ((content.get() & 0xffL) << 32) | (content.getInt() & 0xffffffffL);
    return new SessionCookie(key, placement, issuedAt);
  }

  /** Takes the same time wherever two values of a cookie's length differ. */
  private static boolean isSame(String a, String b) {
    int difference = 0;
    for (int i = 0; i < CHARACTERS; i++) {
      difference |= a.charAt(i) ^ b.charAt(i);
    }
    return difference == 0;
  }

  private boolean isSigned(byte[] bytes) {
    byte[] given = Arrays.copyOfRange(bytes, CONTENT_BYTES, bytes.length);
    for (Mac mac : macs) {
      if (MessageDigest.isEqual(given, Arrays.copyOf(signature(mac, bytes), SIGNATURE_BYTES))) {
        return true;
      }
    }
    return false;
  }

  private byte[] signature(Mac prototype, byte[] bytes) {
    try {
      // A Mac is not safe for threads. Copying one that has its key already is cheap, and reading
      // the prototype, which never changes, is safe.
      Mac mac = (Mac) prototype.clone();
      mac.update(bytes, 0, CONTENT_BYTES);
      return mac.doFinal(upstream);
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

  private record Verified(String value, SessionCookie cookie) {}
}
