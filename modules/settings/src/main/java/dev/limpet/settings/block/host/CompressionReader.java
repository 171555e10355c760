package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.route.Compression;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what is compressed: how, by host, and whether, by route. */
final class CompressionReader {

  private static final Pattern TYPE =
      Pattern.compile("[!#$&^_a-z0-9.+-]+/([!#$&^_a-z0-9.+-]+|\\*)");

  private final Compression settings;
  private final boolean enabled;

  private CompressionReader(Compression settings, boolean enabled) {
    this.settings = settings;
    this.enabled = enabled;
  }

  static CompressionReader ofHost(Section host) {
    Section section = host.section("compression");
    List<Compression.Encoding> encodings =
        section.list("encodings", value -> Values.choice(value, Compression.Encoding.class));
    if (section.none("encodings")) {
      section.reject("encodings", "at least one is needed: br, zstd or gzip");
    } else if (!encodings.isEmpty() && EnumSet.copyOf(encodings).size() < encodings.size()) {
      section.reject("encodings", "one of them stands there twice");
    }
    Set<String> types = Set.copyOf(section.list("types", CompressionReader::type));
    return new CompressionReader(
        new Compression(List.copyOf(encodings), types, section.size("min-size", 0, 1L << 30)),
        section.onOff("enabled"));
  }

  Optional<Compression> of(Section route) {
    boolean on = route.has("compression") ? route.onOff("compression") : enabled;
    return on ? Optional.of(settings) : Optional.empty();
  }

  private static String type(ConfigValue value) {
    return Values.matching(
            value,
            text -> TYPE.matcher(text.toLowerCase(Locale.ROOT)).matches(),
            "a media type such as text/html, or text/*")
        .toLowerCase(Locale.ROOT);
  }
}
