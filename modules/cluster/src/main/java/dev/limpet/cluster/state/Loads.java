package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The number of requests that last at each server, by the server's id. As text, a line for each
 * server: the number, a space and the id.
 */
final class Loads {

  static final Codec<Map<String, Integer>> CODEC = new Codec<>(Loads::encode, Loads::decode);

  private Loads() {}

  private static String encode(Map<String, Integer> lasting) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(lasting)
        .forEach(
            (server, requests) -> text.append(requests).append(' ').append(server).append('\n'));
    return text.toString();
  }

  private static Map<String, Integer> decode(String text) {
    Map<String, Integer> lasting = new HashMap<>();
    text.lines()
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              int requests = Integer.parseInt(line.substring(0, space));
              lasting.merge(line.substring(space + 1), requests, Integer::sum);
            });
    return Map.copyOf(lasting);
  }

  /**
   * Those of all nodes but one, by server.
   *
   * @param loads by node
   */
  static Map<String, Integer> elsewhere(Map<String, Map<String, Integer>> loads, String self) {
    Map<String, Integer> sums = new HashMap<>();
    loads.forEach(
        (node, lasting) -> {
          if (!node.equals(self)) {
            lasting.forEach((server, requests) -> sums.merge(server, requests, Integer::sum));
          }
        });
    return sums;
  }
}
