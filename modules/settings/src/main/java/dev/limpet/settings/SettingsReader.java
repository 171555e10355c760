package dev.limpet.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.words.Nearest;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Outline;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.settings.hocon.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads settings strictly: every key must be known and every value make sense, and all mistakes are
 * reported at once. Keys and defaults are those of {@code reference.conf}.
 *
 * <p>{@code ${NAME}} and {@code ${?NAME}} are looked up in the file, then the system properties,
 * then the environment. Only {@code limpet { }} is looked at; other top-level blocks are free.
 */
public final class SettingsReader {

  private static final ConfigParseOptions HOCON =
      ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);
  private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{[^}]*}");
  private static final String ROOT = "limpet";

  private SettingsReader() {}

  /**
   * @param file shown in the problems as it is given here
   */
  public static Settings read(Path file) throws InvalidSettings {
    return read(file, warning -> {});
  }

  /**
   * @param file shown in the problems as it is given here
   * @param warnings hears of what can be used and is hardly meant
   */
  public static Settings read(Path file, Consumer<Problem> warnings) throws InvalidSettings {
    SettingsFile.Reading reading = open(file).read();
    reading.warnings().forEach(warnings);
    return reading.settings();
  }

  /**
   * Parses a file, which may hold mistakes all the same.
   *
   * @param file shown in the problems as it is given here
   */
  public static SettingsFile open(Path file) throws InvalidSettings {
    Problems problems = new Problems(file.toString());
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      problems.add(
          null, "", Files.exists(file) ? "cannot be read as a file" : "there is no such file");
      problems.throwIfAny();
    }
    // Absolute, or files that it includes would not be looked for beside it.
    Path absolute = file.toAbsolutePath();
    Outline.check(problems, absolute, text(problems, absolute));
    problems.throwIfAny();
    ConfigObject limpet = load(problems, () -> ConfigFactory.parseFile(absolute.toFile(), HOCON));
    return new SettingsFile(file.toString(), limpet, problems.warnings());
  }

  /**
   * Reads settings that are at hand as text.
   *
   * @param name stands for the file in the problems
   */
  public static Settings parse(String text, String name) throws InvalidSettings {
    return open(text, name).read().settings();
  }

  /**
   * Parses settings that are at hand as text.
   *
   * @param name stands for the file in the problems
   */
  public static SettingsFile open(String text, String name) throws InvalidSettings {
    Problems problems = new Problems(name);
    Outline.check(problems, Path.of(name).toAbsolutePath(), text);
    problems.throwIfAny();
    ConfigObject limpet =
        load(problems, () -> ConfigFactory.parseString(text, HOCON.setOriginDescription(name)));
    return new SettingsFile(name, limpet, problems.warnings());
  }

  private static String text(Problems problems, Path file) throws InvalidSettings {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      problems.add(null, "", "cannot be read as text in UTF-8");
      problems.throwIfAny();
      return "";
    }
  }

  private static ConfigObject load(Problems problems, Supplier<Config> source)
      throws InvalidSettings {
    ConfigObject all = ConfigFactory.empty().root();
    try {
      Config file = source.get();
      Config resolved = file.withFallback(systemProperties()).resolve();
      all = file.root();
      ConfigValue found = resolved.root().get(ROOT);
      if (found instanceof ConfigObject object) {
        return object;
      }
      if (found != null) {
        problems.add(found.origin(), ROOT, "expected a section { }");
      }
    } catch (ConfigException.UnresolvedSubstitution e) {
      problems.add(e.origin(), "", unresolved(e));
    } catch (ConfigException e) {
      problems.add(e.origin(), "", syntax(e));
    }
    problems.throwIfAny();
    problems.add(
        all.origin(),
        ROOT,
        "missing; everything belongs in limpet { }" + Nearest.hint(ROOT, all.keySet(), "found"));
    problems.throwIfAny();
    return all;
  }

  /** For substitution only: {@code -Dlimpet.x=y} sets nothing. */
  private static Config systemProperties() {
    Properties properties = (Properties) System.getProperties().clone();
    return ConfigFactory.parseProperties(
            properties, ConfigParseOptions.defaults().setOriginDescription("system properties"))
        .withoutPath(ROOT);
  }

  private static String unresolved(ConfigException e) {
    Matcher substitution = SUBSTITUTION.matcher(String.valueOf(e.getMessage()));
    String name = substitution.find() ? substitution.group() : "a substitution";
    return name
        + " is set neither in the file nor in the environment;"
        + " write ${?NAME} where it may be missing";
  }

  /** The parser's message without the place, which the problem has already. */
  private static String syntax(ConfigException e) {
    String message = String.valueOf(e.getMessage());
    if (e.origin() != null) {
      String place = e.origin().description() + ": ";
      message = message.startsWith(place) ? message.substring(place.length()) : message;
    }
    return "not valid HOCON: " + message;
  }
}
