package dev.limpet.settings;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.limpet.model.settings.Balance;
import dev.limpet.model.settings.Balance.Measure;
import dev.limpet.model.settings.Balance.Source;
import dev.limpet.model.settings.Balancing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads {@code balance} of an upstream: a word, or {@code { word = choice }}. */
final class BalanceReader {

  private static final String LEAST_TIME = "least-time";
  private static final String RANDOM_TWO = "random-two";
  private static final String HASH = "hash";

  private static final Map<String, Balance> WORDS = new LinkedHashMap<>();

  private static final Map<String, Measure> TIMES = new LinkedHashMap<>();

  static {
    TIMES.put("header", Measure.HEADER);
    TIMES.put("last-byte", Measure.LAST_BYTE);
    WORDS.put("round-robin", new Balance.RoundRobin());
    WORDS.put("least-connections", new Balance.LeastConnections());
    WORDS.put(LEAST_TIME, new Balance.LeastTime(Measure.HEADER));
    WORDS.put(RANDOM_TWO, new Balance.RandomTwo(Measure.CONNECTIONS));
    WORDS.put("ip-hash", new Balance.IpHash());
  }

  private static final String HASHED =
      "\"header:<name>\", \"cookie:<name>\", \"query:<name>\", \"path\" or \"address\"";

  private BalanceReader() {}

  static Balancing read(Section upstream) {
    return new Balancing(
        upstream.get("balance", Balancing.DEFAULT.method(), BalanceReader::method),
        upstream.get("panic-threshold", 0.0, value -> Values.share(value)));
  }

  private static Balance method(ConfigValue value) {
    if (value instanceof ConfigObject object) {
      return withChoice(object);
    }
    if (value.valueType() == ConfigValueType.STRING && Values.text(value).equals(HASH)) {
      throw Values.expected("{ hash = <what> } with " + HASHED, value);
    }
    return Values.choice(value, WORDS);
  }

  private static Balance withChoice(ConfigObject object) {
    List<String> keys = object.keySet().stream().sorted().toList();
    String key = keys.size() == 1 ? keys.getFirst() : "";
    ConfigValue choice = object.getOrDefault(key, object);
    return switch (key) {
      case LEAST_TIME -> new Balance.LeastTime(Values.choice(choice, TIMES));
      case RANDOM_TWO -> new Balance.RandomTwo(Values.choice(choice, Measure.class));
      case HASH -> hash(choice);
      default ->
          throw new IllegalArgumentException(
              "expected one of least-time, random-two, hash in a section, not "
                  + (keys.isEmpty() ? "nothing" : String.join(", ", keys)));
    };
  }

  private static Balance hash(ConfigValue value) {
    String text = Values.text(value, HASHED);
    int colon = text.indexOf(':');
    ConfigValue name = ConfigValueFactory.fromAnyRef(text.substring(colon + 1));
    return switch (colon < 0 ? text : text.substring(0, colon + 1)) {
      case "header:" ->
          new Balance.Hash(Source.HEADER, AffinityReader.headerName(name).toLowerCase(Locale.ROOT));
      case "cookie:" -> new Balance.Hash(Source.COOKIE, AffinityReader.cookieName(name));
      case "query:" -> new Balance.Hash(Source.QUERY, AffinityReader.parameter(name));
      case "path" -> new Balance.Hash(Source.PATH, "");
      case "address" -> new Balance.Hash(Source.ADDRESS, "");
      default -> throw Values.expected(HASHED, value);
    };
  }
}
