package dev.limpet.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** Reads an access log while it is being written. */
final class LogLines {

  private LogLines() {}

  /** Settings, to be put behind the fixture's. */
  static String settings(Path file, String more) {
    return "limpet.access-log { file = \"" + file + "\", " + more + " }\n";
  }

  /** The lines of a file that nobody writes any more; it ends with a whole one. */
  static List<String> of(Path file) {
    String text = read(file);
    assertThat(text)
        .satisfiesAnyOf(t -> assertThat(t).isEmpty(), t -> assertThat(t).endsWith("\n"));
    return text.lines().toList();
  }

  /** The whole lines that are there so far: of what is being written, any part may be seen. */
  static List<String> soFar(Path file) {
    String text = read(file);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file, StandardCharsets.US_ASCII) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines, once there are so many. */
  static List<String> await(Path file, int count) {
    return Awaitility.await().until(() -> soFar(file), lines -> lines.size() >= count);
  }

  /** The last of so many lines; a null is {@code null}. */
  static Map<String, String> json(Path file, int count) {
    List<String> lines = await(file, count);
    assertThat(lines).hasSize(count);
    return parse(lines.getLast());
  }

  static Map<String, String> parse(String line) {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(line)) {
      assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        assertThat(fields.put(name, json.getText())).as(name).isNull();
      }
      assertThat(json.nextToken()).isNull();
    } catch (IOException e) {
      throw new UncheckedIOException(line, e);
    }
    return fields;
  }
}
