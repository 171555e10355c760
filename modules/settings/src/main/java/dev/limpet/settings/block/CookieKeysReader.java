package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.KeyRing;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code cookie-keys}: the settings say where the keys are, and never what, so that they are
 * in no repository, listing or error message.
 */
final class CookieKeysReader {

  private static final int BYTES = 32;
  private static final String FILE = "file:";
  private static final String ENVIRONMENT = "env:";
  private static final Pattern HEX = Pattern.compile("([0-9a-fA-F]{2}){" + BYTES + ",}");

  private final Function<String, @Nullable String> environment;

  CookieKeysReader(Function<String, @Nullable String> environment) {
    this.environment = environment;
  }

  KeyRing read(Section section, String name) {
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
    String place = Values.text(value);
    if (place.startsWith(FILE)) {
      return decoded(content(place.substring(FILE.length()), value), place);
    }
    if (place.startsWith(ENVIRONMENT)) {
      String name = place.substring(ENVIRONMENT.length());
      String text = environment.apply(name);
      if (text == null) {
        throw new IllegalArgumentException("the environment has no " + name);
      }
      return decoded(text, place);
    }
    // It may be the key itself, which is for nobody's eyes.
    throw new IllegalArgumentException(
        "expected \"file:<path>\" or \"env:<name>\": where the key is, not the key itself");
  }

  private static String content(String path, ConfigValue value) {
    Path file = Values.file(path, value);
    try {
      return Files.readString(file);
    } catch (CharacterCodingException notText) {
      return "";
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] decoded(String text, String place) {
    String stripped = text.strip();
    byte[] key = {};
    if (HEX.matcher(stripped).matches()) {
      key = HexFormat.of().parseHex(stripped);
    } else {
      try {
        key = Base64.getDecoder().decode(stripped);
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
