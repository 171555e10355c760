package dev.limpet.settings.block;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import dev.limpet.model.settings.BalancingMethod.Source;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads {@code balance} of an upstream: a word, or {@code { word = choice }}. */
final class BalanceReader {

  private static final String LEAST_TIME = "least-time";
  private static final String RANDOM_TWO = "random-two";
  private static final String HASH = "hash";

  private static final Map<String, BalancingMethod> WORDS = new LinkedHashMap<>();

  private static final Map<String, Measure> TIMES = new LinkedHashMap<>();

  static {
    TIMES.put("header", Measure.HEADER);
    TIMES.put("last-byte", Measure.LAST_BYTE);
    WORDS.put("round-robin", new BalancingMethod.RoundRobin());
    WORDS.put("least-connections", new BalancingMethod.LeastConnections());
    WORDS.put(LEAST_TIME, new BalancingMethod.LeastTime(Measure.HEADER));
    WORDS.put(RANDOM_TWO, new BalancingMethod.RandomTwo(Measure.CONNECTIONS));
    WORDS.put("ip-hash", new BalancingMethod.IpHash());
  }

  private static final String HASHED =
      "\"header:<name>\", \"cookie:<name>\", \"query:<name>\", \"path\" or \"address\"";

  private BalanceReader() {}

  static Balancing read(Section upstream) {
    return new Balancing(
        upstream.get("balance", Balancing.DEFAULT.method(), BalanceReader::method),
        upstream.get("panic-threshold", 0.0, value -> Values.share(value)));
  }

  private static BalancingMethod method(ConfigValue value) {
    if (value instanceof ConfigObject object) {
      return withChoice(object);
    }
    if (value.valueType() == ConfigValueType.STRING && Values.text(value).equals(HASH)) {
      throw Values.expected("{ hash = <what> } with " + HASHED, value);
    }
    return Values.choice(value, WORDS);
  }

  private static BalancingMethod withChoice(ConfigObject object) {
    List<String> keys = object.keySet().stream().sorted().toList();
    String key = keys.size() == 1 ? keys.getFirst() : "";
    ConfigValue choice = object.getOrDefault(key, object);
    return switch (key) {
      case LEAST_TIME -> new BalancingMethod.LeastTime(Values.choice(choice, TIMES));
      case RANDOM_TWO -> new BalancingMethod.RandomTwo(Values.choice(choice, Measure.class));
      case HASH -> hash(choice);
      default ->
          throw new IllegalArgumentException(
              "expected one of least-time, random-two, hash in a section, not "
                  + (keys.isEmpty() ? "nothing" : String.join(", ", keys)));
    };
  }

  private static BalancingMethod hash(ConfigValue value) {
    String text = Values.text(value, HASHED);
    int colon = text.indexOf(':');
    ConfigValue name = ConfigValueFactory.fromAnyRef(text.substring(colon + 1));
    return switch (colon < 0 ? text : text.substring(0, colon + 1)) {
      case "header:" ->
          new BalancingMethod.Hash(
              Source.HEADER, AffinityReader.headerName(name).toLowerCase(Locale.ROOT));
      case "cookie:" -> new BalancingMethod.Hash(Source.COOKIE, AffinityReader.cookieName(name));
      case "query:" -> new BalancingMethod.Hash(Source.QUERY, AffinityReader.parameter(name));
      case "path" -> new BalancingMethod.Hash(Source.PATH, "");
      case "address" -> new BalancingMethod.Hash(Source.ADDRESS, "");
      default -> throw Values.expected(HASHED, value);
    };
  }
}
