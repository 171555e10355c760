package dev.limpet.e2e.affinity.site;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a run is to be.
 *
 * @param nodes at the start
 * @param most so many nodes, if they come and go
 * @param from what nodes run at first, a folder as the build makes it; empty: all the while what
 *     has been built
 * @param rate requests a second, of all clients together; fewer until all clients have come
 * @param json where the figures go
 * @param tls whether the nodes talk to each other by mutual TLS
 * @param settings HOCON that is appended to that of each node, within {@code limpet}
 */
public record Options(
    Duration length,
    Nemesis nemesis,
    Discovery discovery,
    int nodes,
    int most,
    Optional<Path> from,
    int backends,
    int rate,
    long seed,
    List<Fault> faults,
    Optional<Path> json,
    boolean tls,
    String settings) {

  /** What becomes of nodes beside the faults. */
  public enum Nemesis {
    /** Nothing. */
    FAULTS,
    /** They come and go. */
    SCALE,
    /** They are replaced by another version, one after the other, and back. */
    UPGRADE
  }

  /** How nodes find one another. */
  public enum Discovery {
    PEERS,
    DNS,
    KUBERNETES
  }

  /** They want a network of their own, or more cores than nodes. */
  private static final Set<Fault> NOT_FOR_MANY = Set.of(Fault.BUSY, Fault.CLOCK, Fault.PARTITION);

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("--minutes", "2"),
          Map.entry("--nemesis", "faults"),
          Map.entry("--discovery", ""),
          Map.entry("--nodes", "3"),
          Map.entry("--most", "9"),
          Map.entry("--from", ""),
          Map.entry("--backends", "3"),
          Map.entry("--rate", "330"),
          Map.entry("--seed", "1"),
          Map.entry("--faults", ""),
          Map.entry("--json", ""),
          Map.entry("--tls", "off"),
          Map.entry("--settings", ""));

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
    String from = given.getOrDefault("--from", "");
    Nemesis nemesis = one(Nemesis.class, "--nemesis", given.getOrDefault("--nemesis", ""));
    if (nemesis == Nemesis.UPGRADE && from.isEmpty()) {
      throw new IllegalArgumentException("--nemesis upgrade takes --from; see --help");
    }
    boolean scale = nemesis == Nemesis.SCALE;
    String discovery = given.getOrDefault("--discovery", "");
    Discovery by =
        discovery.isEmpty()
            ? scale ? Discovery.DNS : Discovery.PEERS
            : one(Discovery.class, "--discovery", discovery);
    if (scale && by == Discovery.PEERS) {
      throw new IllegalArgumentException(
          "--nemesis scale takes --discovery dns or kubernetes: nodes with peers do not change");
    }
    return new Options(
        Duration.ofSeconds(
            Math.round(60 * Double.parseDouble(given.getOrDefault("--minutes", "")))),
        nemesis,
        by,
        number(given, "--nodes"),
        number(given, "--most"),
        from.isEmpty() ? Optional.empty() : Optional.of(Path.of(from).toAbsolutePath()),
        number(given, "--backends"),
        number(given, "--rate"),
        number(given, "--seed"),
        faults(given.getOrDefault("--faults", ""), by),
        json.isEmpty() ? Optional.empty() : Optional.of(Path.of(json)),
        scale || "on".equals(given.get("--tls")),
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

  private static List<Fault> faults(String labels, Discovery discovery) {
    return switch (labels) {
      case "none" -> List.of();
      case "" ->
          Arrays.stream(Fault.values())
              .filter(fault -> discovery == Discovery.PEERS || !NOT_FOR_MANY.contains(fault))
              .toList();
      default -> Arrays.stream(labels.split(",", -1)).map(Fault::of).toList();
    };
  }

  private static <E extends Enum<E>> E one(Class<E> kind, String option, String value) {
    for (E one : kind.getEnumConstants()) {
      if (one.name().toLowerCase(Locale.ROOT).equals(value)) {
        return one;
      }
    }
    throw new IllegalArgumentException(
        "no such %s: \"%s\"; see --help".formatted(option.substring(2), value));
  }
}
