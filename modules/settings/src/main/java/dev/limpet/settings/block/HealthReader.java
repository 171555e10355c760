package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.settings.block.host.HeaderNames;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads {@code health} of an upstream. */
final class HealthReader {

  private static final Pattern PATH = Pattern.compile("/[!-~]*");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]+");
  private static final Pattern HEADER_VALUE = Pattern.compile("[ -~]*");

  /** Set by every check itself. */
  private static final Set<String> OWN_HEADERS =
      Set.of("connection", "content-length", "transfer-encoding");

  private enum Type {
    HTTP,
    TCP,
    TLS
  }

  /** The keys of a check, with the type that a key is only for. */
  private static final Map<String, Optional<Type>> KEYS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("type", Optional.empty()),
              Map.entry("port", Optional.empty()),
              Map.entry("interval", Optional.empty()),
              Map.entry("timeout", Optional.empty()),
              Map.entry("fails", Optional.empty()),
              Map.entry("passes", Optional.empty()),
              Map.entry("method", Optional.of(Type.HTTP)),
              Map.entry("path", Optional.of(Type.HTTP)),
              Map.entry("host", Optional.of(Type.HTTP)),
              Map.entry("headers", Optional.of(Type.HTTP)),
              Map.entry("match", Optional.of(Type.HTTP)),
              Map.entry("send", Optional.of(Type.TCP)),
              Map.entry("expect", Optional.of(Type.TCP))));

  private HealthReader() {}

  static HealthChecks read(Section health) {
    HealthCheck single = check(health);
    List<HealthCheck> several =
        health.sections("checks", KEYS.keySet()).stream().map(HealthReader::check).toList();
    boolean listed = health.has("checks");
    if (listed) {
      KEYS.keySet().stream()
          .filter(health::has)
          .forEach(key -> health.reject(key, "beside checks, each of them has its own " + key));
    }
    if (listed && health.none("checks")) {
      health.reject("checks", "at least one check is needed, such as { path = \"/health\" }");
    }
    List<HealthCheck> checks = listed ? several : List.of(single);
    return new HealthChecks(
        health.onOff("enabled") ? checks : List.of(),
        health.whole("observers", 1, 100),
        health.choice("initial", HealthChecks.Initial.class),
        health.duration("dead-after", "1s", "1h"));
  }

  private static HealthCheck check(Section check) {
    Type type = check.choice("type", Type.class);
    KEYS.forEach(
        (key, only) -> {
          if (only.isPresent() && only.get() != type && check.has(key)) {
            check.reject(
                key, "only checks of type " + word(only.get()) + " have this, not " + word(type));
          }
        });
    // All are read: a mistake in a key is one even where the type does not have it.
    Kind.Http http = http(check);
    Kind.Tcp tcp = tcp(check);
    Kind kind =
        switch (type) {
          case HTTP -> http;
          case TCP -> tcp;
          case TLS -> new Kind.Tls();
        };
    return new HealthCheck(
        kind,
        check.has("port") ? OptionalInt.of(check.whole("port", 1, 65_535)) : OptionalInt.empty(),
        check.duration("interval", "100ms", "1h"),
        check.duration("timeout", "10ms", "10m"),
        check.whole("fails", 1, 100),
        check.whole("passes", 1, 100));
  }

  private static Kind.Http http(Section check) {
    return new Kind.Http(
        check.get("method", "", v -> Values.matching(v, Token::isToken, "a method such as GET")),
        check.get("path", "", v -> Values.matching(v, PATH, "a path that starts with /")),
        check.has("host")
            ? check.get("host", Optional.empty(), v -> Optional.of(host(v)))
            : Optional.empty(),
        check.values("headers", HealthReader::header),
        MatchReader.response(check.section("match")));
  }

  private static Kind.Tcp tcp(Section check) {
    return new Kind.Tcp(
        check.text("send"),
        check.has("expect")
            ? check.get("expect", Optional.empty(), v -> Optional.of(MatchReader.held(v)))
            : Optional.empty());
  }

  private static String host(ConfigValue value) {
    return Values.matching(value, HOST, "a host such as app.internal or app.internal:8080");
  }

  private static String header(String name, ConfigValue value) {
    HeaderNames.checked(name);
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.equals("host")) {
      throw new IllegalArgumentException("the Host header has a key of its own: host");
    }
    if (OWN_HEADERS.contains(lower)) {
      throw new IllegalArgumentException("a check sets this header itself");
    }
    return Values.matching(value, HEADER_VALUE, "a header's value: printable ASCII");
  }

  private static String word(Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
