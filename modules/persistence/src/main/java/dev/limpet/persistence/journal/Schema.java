package dev.limpet.persistence.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The tables that akka-persistence-jdbc expects, as statements that may be run again. */
final class Schema {

  /** Where akka-persistence-jdbc looks for the database's settings. */
  static final String DATABASE = "akka-persistence-jdbc.shared-databases.slick";

  private Schema() {}

  /**
   * @param database {@code sqlite} or {@code postgresql}
   */
  static List<String> of(String database) {
    try (InputStream script =
        Objects.requireNonNull(Schema.class.getResourceAsStream(database + ".sql"))) {
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      return Stream.of(text.split(";")).map(String::strip).filter(s -> !s.isEmpty()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
