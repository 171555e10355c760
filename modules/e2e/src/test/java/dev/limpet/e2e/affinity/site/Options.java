package dev.limpet.e2e.affinity.site;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a run is to be.
 *
 * @param rate requests a second, of all clients together; fewer until all clients have come
 * @param json where the figures go
 * @param tls whether the nodes talk to each other by mutual TLS
 * @param settings HOCON that is appended to that of each node, within {@code limpet}
 */
public record Options(
    Duration length,
    int nodes,
    int backends,
    int rate,
    long seed,
    List<Fault> faults,
    Optional<Path> json,
    boolean tls,
    String settings) {

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "--minutes", "2",
          "--nodes", "3",
          "--backends", "3",
          "--rate", "330",
          "--seed", "1",
          "--faults",
              Arrays.stream(Fault.values()).map(Fault::label).collect(Collectors.joining(",")),
          "--json", "",
          "--tls", "off",
          "--settings", "");

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException that says what is wrong with it
   */
  public static Options parse(List<String> arguments) {
    Map<String, String> given = new HashMap<>(DEFAULTS);
    for (int i = 0; i < arguments.size(); i += 2) {
      if (arguments.get(i).equals("--tls")) {
        given.put("--tls", "on");
        i--;
        continue;
      }
      if (!DEFAULTS.containsKey(arguments.get(i)) || i + 1 == arguments.size()) {
        throw new IllegalArgumentException(
            "no such option, or no value: " + arguments.get(i) + "; see --help");
      }
      given.put(arguments.get(i), arguments.get(i + 1));
    }
    String json = given.getOrDefault("--json", "");
    return new Options(
        Duration.ofSeconds(
            Math.round(60 * Double.parseDouble(given.getOrDefault("--minutes", "")))),
        number(given, "--nodes"),
        number(given, "--backends"),
        number(given, "--rate"),
        number(given, "--seed"),
        faults(given.getOrDefault("--faults", "")),
        json.isEmpty() ? Optional.empty() : Optional.of(Path.of(json)),
        "on".equals(given.get("--tls")),
        given.getOrDefault("--settings", ""));
  }

  /**
   * In milliseconds. Failure detectors miss short faults, and a short run has time for few long
   * ones.
   */
  public int longestFault() {
    return length.compareTo(Duration.ofMinutes(5)) < 0 ? 12_000 : 20_000;
  }

  private static int number(Map<String, String> given, String name) {
    String value = given.getOrDefault(name, "");
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " takes a number, not \"" + value + "\"", e);
    }
  }

  private static List<Fault> faults(String labels) {
    return labels.equals("none")
        ? List.of()
        : Arrays.stream(labels.split(",", -1)).map(Fault::of).toList();
  }
}
