package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.secret.Secret;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.secret.SecretReader;
import java.util.regex.Pattern;

/** Reads {@code changes}. */
final class RuntimeChangesReader {

  private static final String JDBC = "jdbc:";
  private static final Secret NONE = new Secret("");

  private RuntimeChangesReader() {}

  static Settings.RuntimeChanges read(Section changes) {
    return new Settings.RuntimeChanges(
        changes.whole("history", 100, 100_000),
        changes.sectionIfSet("postgresql").map(RuntimeChangesReader::postgresql));
  }

  private static Settings.Postgresql postgresql(Section database) {
    SecretReader secrets = new SecretReader("password", System::getenv);
    return new Settings.Postgresql(
        JDBC + database.get("url", "", RuntimeChangesReader::url),
        database.text("user"),
        database.has("password")
            ? database.get("password", NONE, value -> new Secret(secrets.read(value)))
            : NONE);
  }

  private static String url(ConfigValue value) {
    return Values.matching(
        value,
        Pattern.compile("postgresql://[^/?#@\\s]+/[^/?#\\s]+([?][^#\\s]*)?"),
        "an address such as \"postgresql://db:5432/limpet\", without user and password");
  }
}
