package dev.limpet.settings.secret;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code cookie-keys}. */
public final class CookieKeysReader {

  private static final int BYTES = 32;
  private static final Pattern HEX = Pattern.compile("([0-9a-fA-F]{2}){" + BYTES + ",}");

  private final SecretReader secrets;

  public CookieKeysReader(Function<String, @Nullable String> environment) {
    this.secrets = new SecretReader("key", environment);
  }

  public KeyRing read(Section section, String name) {
    List<byte[]> keys = new ArrayList<>();
    section.list(
        name,
        value -> {
          byte[] key = key(value);
          if (keys.stream()
              .anyMatch(other -> new KeyRing(List.of(other)).equals(new KeyRing(List.of(key))))) {
            throw new IllegalArgumentException("the same key as another one of the list");
          }
          return keys.add(key);
        });
    return new KeyRing(List.copyOf(keys));
  }

  private byte[] key(ConfigValue value) {
    return decoded(secrets.read(value), Values.text(value));
  }

  private static byte[] decoded(String text, String place) {
    byte[] key = {};
    if (HEX.matcher(text).matches()) {
      key = HexFormat.of().parseHex(text);
    } else {
      try {
        key = Base64.getDecoder().decode(text);
      } catch (IllegalArgumentException notBase64) {
        // The parser's words would show some of it.
      }
    }
    if (key.length < BYTES) {
      throw new IllegalArgumentException(
          "\"%s\" holds no key: it takes at least %d random bytes in Base64 or hex, as"
                  .formatted(place, BYTES)
              + " openssl rand -base64 32 makes them");
    }
    return key;
  }
}
