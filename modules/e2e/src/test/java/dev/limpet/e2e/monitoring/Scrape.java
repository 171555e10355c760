package dev.limpet.e2e.monitoring;

import dev.limpet.e2e.fixture.LimpetNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What /metrics has said, in Prometheus's text format.
 *
 * @param types of the families: counter, gauge, histogram, …
 * @param series values by name and labels, as {@code name{label="value"}}
 */
record Scrape(Map<String, String> types, Map<String, Double> series) {

  private static final Pattern LINE = Pattern.compile("([a-z_0-9]+(?:\\{.*})?) (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

  static Scrape of(LimpetNode node) {
    return parse(LimpetNode.get(node.adminUrl("/metrics"), "Accept", "text/plain").body());
  }

  private static Scrape parse(String text) {
    Map<String, String> types = new TreeMap<>();
    Map<String, Double> series = new TreeMap<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      } else if (!line.startsWith("#")) {
        if (!matcher.matches()) {
          throw new AssertionError("no line of a scrape: " + line);
        }
        series.put(matcher.group(1), Double.valueOf(matcher.group(2).replace("+Inf", "Infinity")));
      }
    }
    return new Scrape(types, series);
  }

  /** The labels that the series of a name have. */
  Map<String, Set<String>> labels() {
    Map<String, Set<String>> labels = new HashMap<>();
    for (String one : series.keySet()) {
      String name = one.replaceAll("\\{.*", "");
      Set<String> of = labels.computeIfAbsent(name, any -> new HashSet<>());
      Matcher matcher = LABEL.matcher(one);
      while (matcher.find()) {
        of.add(matcher.group(1));
      }
    }
    return labels;
  }

  /** The sum of all series of a name that have these labels. */
  double sum(String name, String... labels) {
    return series.entrySet().stream()
        .filter(one -> one.getKey().replaceAll("\\{.*", "").equals(name))
        .filter(one -> List.of(labels).stream().allMatch(one.getKey()::contains))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
