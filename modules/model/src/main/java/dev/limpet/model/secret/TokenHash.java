package dev.limpet.model.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of an access token, all that is kept of it. Passwords need a slow hash, for they can
 * be guessed; tokens are 256 random bits, and nobody finds them, however fast the hash. So nothing
 * else is taken for a token.
 */
public final class TokenHash {

  private static final String TOKEN_PREFIX = "limpet_";
  private static final int TOKEN_BYTES = 32;
  private static final Pattern TOKEN = Pattern.compile(TOKEN_PREFIX + "[A-Za-z0-9_-]{43}");
  private static final String PREFIX = "sha256:";
  private static final Pattern WRITTEN = Pattern.compile(PREFIX + "[0-9a-f]{64}");

  private final byte[] digest;

  private TokenHash(byte[] digest) {
    this.digest = digest;
  }

  /**
   * Reads what {@link #written} has made.
   *
   * @throws IllegalArgumentException with what was expected; it does not repeat the text, which may
   *     be a token
   */
  public static TokenHash parse(String text) {
    if (!WRITTEN.matcher(text).matches()) {
      throw new IllegalArgumentException(
          TOKEN.matcher(text).matches()
              ? "this is the token itself, which must not be kept here; limpet token makes another one"
                  + " and its hash"
              : "expected the hash of a token, \"sha256:\" and 64 hex digits, as limpet token prints"
                  + " it");
    }
    return new TokenHash(HexFormat.of().parseHex(text.substring(PREFIX.length())));
  }

  /** The hash of a token; empty where it has not a token's form. */
  public static Optional<TokenHash> of(String token) {
    if (!TOKEN.matcher(token).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new TokenHash(
              MessageDigest.getInstance("SHA-256")
                  .digest(token.getBytes(StandardCharsets.US_ASCII))));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each Java has SHA-256", e);
    }
  }

  /** A new token, as nobody else has it. */
  public static String newToken(SecureRandom random) {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return TOKEN_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** As settings have it. */
  public String written() {
    return PREFIX + HexFormat.of().formatHex(digest);
  }

  /** Takes the same time whatever differs. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TokenHash hash && MessageDigest.isEqual(digest, hash.digest);
  }

  @Override
  public int hashCode() {
    return digest[0];
  }

  @Override
  public String toString() {
    return "a token's hash";
  }
}
