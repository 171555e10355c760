package dev.limpet.e2e.monitoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What a rule or a panel of {@code config/monitoring} asks Prometheus.
 *
 * @param where for messages
 * @param expression without variables of Grafana's
 * @param texts what is said about its answer, with labels in it
 */
record Query(String where, String expression, List<String> texts) {

  static final Path FOLDER = Path.of("..", "..", "config", "monitoring");

  /** The groups of {@code limpet-rules.yml}. */
  static List<Map<String, Object>> groups() throws IOException {
    return maps(yaml(FOLDER.resolve("limpet-rules.yml")), "groups");
  }

  static List<Map<String, Object>> rules() throws IOException {
    List<Map<String, Object>> rules = new ArrayList<>();
    groups().forEach(group -> rules.addAll(maps(group, "rules")));
    return rules;
  }

  static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(FOLDER.resolve("grafana-dashboard.json").toFile());
  }

  static List<Query> ofRules() throws IOException {
    List<Query> queries = new ArrayList<>();
    for (Map<String, Object> rule : rules()) {
      List<String> texts = new ArrayList<>();
      if (rule.get("annotations") instanceof Map<?, ?> annotations) {
        annotations.values().forEach(text -> texts.add(String.valueOf(text)));
      }
      queries.add(new Query(name(rule), String.valueOf(rule.get("expr")), texts));
    }
    return queries;
  }

  static List<Query> ofDashboard() throws IOException {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : dashboard().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(
            new Query(
                panel.path("title").asText(),
                withoutVariables(target.path("expr").asText()),
                List.of(target.path("legendFormat").asText())));
      }
    }
    for (JsonNode mark : dashboard().path("annotations").path("list")) {
      queries.add(
          new Query(
              mark.path("name").asText(), withoutVariables(mark.path("expr").asText()), List.of()));
    }
    for (JsonNode variable : dashboard().path("templating").path("list")) {
      String values = variable.path("definition").asText();
      if (values.startsWith("label_values(")) {
        // label_values(figure, label)
        String figure = values.substring("label_values(".length(), values.lastIndexOf(','));
        queries.add(new Query(variable.path("name").asText(), withoutVariables(figure), List.of()));
      }
    }
    return queries;
  }

  /** A rule's name, whichever kind it is. */
  static String name(Map<String, Object> rule) {
    return String.valueOf(rule.getOrDefault("alert", rule.get("record")));
  }

  static Map<String, Object> yaml(Path file) throws IOException {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(strict)).load(Files.readString(file));
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> maps(Map<String, Object> from, String key) {
    return (List<Map<String, Object>>) Objects.requireNonNull(from.get(key), key);
  }

  private static String withoutVariables(String expression) {
    return expression
        .replace("$__rate_interval", "5m")
        .replace("$__interval", "1m")
        .replaceAll("\"\\$(job|instance|upstream)\"", "\".*\"");
  }
}
