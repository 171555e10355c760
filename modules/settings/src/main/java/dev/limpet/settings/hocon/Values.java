package dev.limpet.settings.hocon;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.words.Nearest;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one value. Every method throws {@link IllegalArgumentException} with a message for the
 * operator.
 */
public final class Values {

  private static final String DURATION = "a duration such as 5s or 500ms";
  private static final String KEY = "value";
  private static final Map<String, Boolean> SWITCH =
      Map.of("on", true, "true", true, "yes", true, "off", false, "false", false, "no", false);

  private static final Pattern URL =
      Pattern.compile(
          "(?i)(?<scheme>https?)://(?<host>[^/:\\[]+|\\[[^]]*])(?<port>:[0-9]+)?(/.*)?");
  private static final Pattern PORT_ONLY = Pattern.compile("(\\*?:)?(?<port>[0-9]{1,5})");

  private Values() {}

  public static String text(ConfigValue value) {
    return text(value, "text");
  }

  public static String text(ConfigValue value, String wanted) {
    return scalar(value, wanted);
  }

  /** Text that is there, and holds nothing but the printable ASCII of names, without blanks. */
  static String name(ConfigValue value) {
    String text = scalar(value, "a name");
    if (!isName(text)) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a name: use letters, digits, \".\", \"_\" and \"-\"");
    }
    return text;
  }

  /** Whether the text may be the name of a node, a listener and so on. */
  public static boolean isName(String text) {
    return text.matches("[A-Za-z0-9][A-Za-z0-9._-]*");
  }

  /** One that an address of Akka's can hold. */
  public static String clusterName(ConfigValue value) {
    String text = scalar(value, "a name");
    if (!text.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a cluster's name: use letters, digits, \"_\" and \"-\", 63 at most");
    }
    return text;
  }

  static boolean isSwitch(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, BOOLEAN -> SWITCH.containsKey(lower(text(value)));
      case NUMBER, OBJECT, LIST, NULL -> false;
    };
  }

  static boolean onOff(ConfigValue value) {
    Boolean found = SWITCH.get(lower(scalar(value, "on or off")));
    if (found == null) {
      throw expected("on or off", value);
    }
    return found;
  }

  public static long whole(ConfigValue value, long min, long max) {
    String text = scalar(value, "a whole number");
    try {
      return inRange(Long.parseLong(text), min, max, text);
    } catch (NumberFormatException e) {
      throw expected("a whole number", value, e);
    }
  }

  /** Bytes; {@code 16k} is 16384. */
  static long size(ConfigValue value, long min, long max) {
    String wanted = "a size such as 16k or 1M";
    String text = scalar(value, wanted);
    Optional<String> meant = UnitHints.size(text);
    if (meant.isPresent()) {
      throw new IllegalArgumentException(
          "expected %s, not \"%s\"; did you mean %s?".formatted(wanted, text, meant.get()));
    }
    if (text.matches("[0-9]*\\.[0-9]+")) {
      throw new IllegalArgumentException(
          "%s has no unit: write %sk or %sM".formatted(text, text, text));
    }
    try {
      return inRange(value.atKey(KEY).getBytes(KEY), min, max, text);
    } catch (ConfigException e) {
      throw expected(wanted, value, e);
    }
  }

  /** A share of a whole: {@code 20%} is 0.2. */
  public static double share(ConfigValue value) {
    String text = scalar(value, "a percentage such as 20%");
    if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,6})?%")) {
      throw expected("a percentage such as 20%", value);
    }
    double share = Double.parseDouble(text.substring(0, text.length() - 1)) / 100;
    if (share > 1) {
      throw new IllegalArgumentException(text + " is out of range: it must be between 0% and 100%");
    }
    return share;
  }

  /**
   * @param wanted what the pattern means
   */
  public static String matching(ConfigValue value, Pattern pattern, String wanted) {
    return matching(value, pattern.asMatchPredicate(), wanted);
  }

  public static String matching(ConfigValue value, Predicate<String> isRight, String wanted) {
    String text = scalar(value, wanted);
    if (!isRight.test(text)) {
      throw expected(wanted, value);
    }
    return text;
  }

  /** A path; a relative one starts at the directory of the settings file. */
  public static Path path(ConfigValue value) {
    return path(scalar(value, "a file"), value);
  }

  private static Path path(String text, ConfigValue value) {
    String settings = value.origin().filename();
    try {
      Path path = Path.of(text);
      Path directory = settings == null ? null : Path.of(settings).toAbsolutePath().getParent();
      return directory == null ? path.toAbsolutePath() : directory.resolve(path).normalize();
    } catch (InvalidPathException e) {
      throw expected("a file", value, e);
    }
  }

  /** A folder, as {@link #path}, or none at all. */
  static Optional<Path> folderUnlessOff(ConfigValue value) {
    String wanted = "a folder, or off";
    String text = scalar(value, wanted);
    Boolean on = SWITCH.get(lower(text));
    if (text.isBlank() || Boolean.TRUE.equals(on)) {
      throw expected(wanted, value);
    }
    return on == null ? Optional.of(path(text, value)) : Optional.empty();
  }

  /** A file that is there and can be read. */
  public static Path file(ConfigValue value) {
    return file(scalar(value, "a file"), value);
  }

  /**
   * As {@link #file(ConfigValue)}.
   *
   * @param text what of the value names the file
   */
  public static Path file(String text, ConfigValue value) {
    Path path = path(text, value);
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("there is no file " + path);
    }
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException("may not read " + path);
    }
    return path;
  }

  private static long inRange(long number, long min, long max, String text) {
    if (number < min || number > max) {
      String range = max == Long.MAX_VALUE ? "at least " + min : "between " + min + " and " + max;
      throw new IllegalArgumentException(text + " is out of range: it must be " + range);
    }
    return number;
  }

  static Optional<Duration> durationUnless(String word, ConfigValue value, String min, String max) {
    return lower(String.valueOf(value.unwrapped())).equals(word)
        ? Optional.empty()
        : Optional.of(duration(value, min, max, DURATION + ", or " + word));
  }

  static Duration duration(ConfigValue value, String min, String max) {
    return duration(value, min, max, DURATION);
  }

  private static Duration duration(ConfigValue value, String min, String max, String wanted) {
    String text = scalar(value, wanted);
    if (text.matches("-?[0-9.]+")) {
      throw new IllegalArgumentException(
          text + " has no unit: write " + text + "s or " + text + "ms");
    }
    Duration duration;
    try {
      duration = durationOf(value);
    } catch (ConfigException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "expected " + wanted + ", not " + describe(value) + UnitHints.duration(text), e);
    }
    if (duration.compareTo(durationOf(ConfigValueFactory.fromAnyRef(min))) < 0
        || duration.compareTo(durationOf(ConfigValueFactory.fromAnyRef(max))) > 0) {
      throw new IllegalArgumentException(
          text + " is out of range: it must be between " + min + " and " + max);
    }
    return duration;
  }

  private static Duration durationOf(ConfigValue value) {
    return value.atKey(KEY).getDuration(KEY);
  }

  /**
   * @param minPort 0 where the operating system may choose the port, else 1
   */
  public static HostPort address(ConfigValue value, int minPort) {
    String text = scalar(value, "an address \"host:port\"");
    rejectHabits(text, minPort);
    HostPort address = HostPort.parse(text);
    if (address.port() < minPort) {
      throw new IllegalArgumentException("port 0 is not between 1 and 65535");
    }
    if (!address.host().matches("[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?")) {
      throw new IllegalArgumentException(
          "\"" + address.host() + "\" is neither a host name nor an IP address");
    }
    return address;
  }

  /** Forms of other programs, and what is written here instead. */
  private static void rejectHabits(String text, int minPort) {
    Matcher url = URL.matcher(text);
    if (url.matches()) {
      boolean secure = url.group("scheme").equalsIgnoreCase("https");
      String address =
          url.group("host")
              + (url.group("port") == null ? secure ? ":443" : ":80" : url.group("port"));
      throw new IllegalArgumentException(
          "\"%s\" is a URL; an address is host:port, here \"%s\"%s"
              .formatted(
                  text, address, secure && minPort > 0 ? ", with tls {} in the upstream" : ""));
    }
    Matcher portOnly = PORT_ONLY.matcher(text);
    if (portOnly.matches()) {
      throw new IllegalArgumentException(
          "\"%s\" names no host; write \"%s:%s\"%s"
              .formatted(
                  text,
                  minPort == 0 ? "0.0.0.0" : "127.0.0.1",
                  portOnly.group("port"),
                  minPort == 0 ? " for all addresses of this machine" : ""));
    }
  }

  public static <E extends Enum<E>> E choice(ConfigValue value, Class<E> type) {
    Map<String, E> choices = new LinkedHashMap<>();
    for (E constant : type.getEnumConstants()) {
      choices.put(lower(constant.name()).replace('_', '-'), constant);
    }
    return choice(value, choices);
  }

  public static <T> T choice(ConfigValue value, Map<String, T> choices) {
    String allowed = "one of " + String.join(", ", choices.keySet());
    String text = lower(scalar(value, allowed));
    T found = choices.get(text);
    if (found == null && SWITCH.containsKey(text)) {
      found = choices.get(SWITCH.getOrDefault(text, false) ? "on" : "off");
    }
    if (found == null) {
      String hint =
          Nearest.to(text, choices.keySet()).map(s -> "; did you mean \"" + s + "\"?").orElse("");
      throw new IllegalArgumentException("expected " + allowed + ", not " + describe(value) + hint);
    }
    return found;
  }

  public static IllegalArgumentException expected(String what, ConfigValue value) {
    return new IllegalArgumentException("expected " + what + ", not " + describe(value));
  }

  private static IllegalArgumentException expected(
      String what, ConfigValue value, Exception cause) {
    return new IllegalArgumentException("expected " + what + ", not " + describe(value), cause);
  }

  private static String scalar(ConfigValue value, String wanted) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> value.atKey(KEY).getString(KEY);
      case OBJECT, LIST, NULL -> throw expected(wanted, value);
    };
  }

  private static String describe(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING -> "\"" + text(value) + "\"";
      case NUMBER, BOOLEAN -> text(value);
      case LIST -> "a list [ ]";
      case OBJECT -> "a section { }";
      case NULL -> "null";
    };
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
