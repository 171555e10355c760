package dev.limpet.cluster.state;

import dev.limpet.model.settings.ServerId;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** How many requests of each node last at each server, as it stands in the cluster. */
final class Loads {

  private Loads() {}

  static String encode(Map<ServerId, Integer> lasting) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(lasting)
        .forEach(
            (backend, requests) -> text.append(requests).append(' ').append(backend).append('\n'));
    return text.toString();
  }

  /** Throws where this is not what {@link #encode} makes. */
  static void check(String text) {
    text.lines().forEach(line -> requests(line, line.indexOf(' ')));
  }

  private static int requests(String line, int space) {
    return Integer.parseInt(line.substring(0, space));
  }

  /**
   * Those of all nodes but one, by server.
   *
   * @param loads by node, encoded
   */
  static Map<String, Integer> elsewhere(Map<String, String> loads, String self) {
    Map<String, Integer> sums = new HashMap<>();
    loads.forEach(
        (node, text) -> {
          if (!node.equals(self)) {
            text.lines()
                .forEach(
                    line -> {
                      int space = line.indexOf(' ');
                      sums.merge(line.substring(space + 1), requests(line, space), Integer::sum);
                    });
          }
        });
    return sums;
  }
}
