package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.ServerId;
import dev.limpet.settings.hocon.ChangeOrigin;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The values of an overlay by what they are about. Left out are paths that this version does not
 * know, and what is back to what the file says.
 *
 * @param servers by upstream, server and field
 * @param shares by route
 */
record Sorted(Map<String, Map<ServerId, Map<String, Given>>> servers, Map<String, Given> shares) {

  private static final ConfigParseOptions JSON =
      ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON);

  /** A value that a change has set. */
  record Given(SettingPath path, Overlay.Value value) {

    static final Comparator<Given> BY_AGE =
        Comparator.comparingLong((Given given) -> given.value().version())
            .thenComparing(given -> given.value().change());

    ConfigOrigin origin() {
      return ChangeOrigin.of(path, value.change());
    }

    /** What it has been set to; what is no JSON stays text, which is right nowhere. */
    ConfigValue read() {
      String json = String.valueOf(value.json());
      try {
        return ConfigFactory.parseString("{\"value\":" + json + "}", JSON)
            .root()
            .getOrDefault("value", ConfigValueFactory.fromAnyRef(json))
            .withOrigin(origin());
      } catch (ConfigException notJson) {
        return ConfigValueFactory.fromAnyRef(json).withOrigin(origin());
      }
    }

    private boolean isNull() {
      String json = value.json();
      return json == null || json.strip().equals("null");
    }

    private boolean isOlderThan(@Nullable Given other) {
      return other != null && BY_AGE.compare(this, other) < 0;
    }
  }

  static Sorted of(Overlay overlay) {
    Sorted sorted = new Sorted(new TreeMap<>(), new TreeMap<>());
    overlay.values().forEach((path, value) -> sorted.add(new Given(path, value)));
    for (Map<ServerId, Map<String, Given>> servers : sorted.servers.values()) {
      servers.values().forEach(Sorted::dropNulls);
      servers.values().removeIf(Map::isEmpty);
    }
    sorted.servers.values().removeIf(Map::isEmpty);
    dropNulls(sorted.shares);
    return sorted;
  }

  private static void dropNulls(Map<String, Given> values) {
    values.values().removeIf(given -> given.isNull());
  }

  private void add(Given given) {
    List<String> parts = given.path().parts();
    if (parts.size() == 5
        && parts.getFirst().equals("upstreams")
        && parts.get(2).equals("servers")) {
      Map<String, Given> fields =
          servers
              .computeIfAbsent(parts.get(1), upstream -> new TreeMap<>())
              .computeIfAbsent(ServerId.of(parts.get(1), parts.get(3)), server -> new TreeMap<>());
      // An IPv6 address may have been written in two ways.
      if (!given.isOlderThan(fields.get(parts.get(4)))) {
        fields.put(parts.get(4), given);
      }
    } else if (parts.size() == 3
        && parts.getFirst().equals("routes")
        && parts.get(2).equals("shares")) {
      shares.put(parts.get(1), given);
    }
  }
}
