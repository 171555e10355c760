package dev.limpet.settings.secret;

import com.typesafe.config.ConfigValue;
import dev.limpet.settings.hocon.Values;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets: the settings say where one is, {@code file:<path>} or {@code env:<name>}, and
 * never what, so that it is in no repository, listing or error message.
 */
public final class SecretReader {

  private static final String FILE = "file:";
  private static final String ENVIRONMENT = "env:";

  private final String what;
  private final Function<String, @Nullable String> environment;

  /**
   * @param what it is, for messages
   */
  public SecretReader(String what, Function<String, @Nullable String> environment) {
    this.what = what;
    this.environment = environment;
  }

  /**
   * The secret without blanks around it; empty where the file holds no text.
   *
   * @throws IllegalArgumentException for the operator
   */
  public String read(ConfigValue value) {
    String place = Values.text(value);
    if (place.startsWith(FILE)) {
      return content(place.substring(FILE.length()), value).strip();
    }
    if (place.startsWith(ENVIRONMENT)) {
      String name = place.substring(ENVIRONMENT.length());
      String text = environment.apply(name);
      if (text == null) {
        throw new IllegalArgumentException("the environment has no " + name);
      }
      return text.strip();
    }
    // It may be the secret itself, which is for nobody's eyes.
    throw new IllegalArgumentException(
        "expected \"file:<path>\" or \"env:<name>\": where the %s is, not the %s itself"
            .formatted(what, what));
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
}
