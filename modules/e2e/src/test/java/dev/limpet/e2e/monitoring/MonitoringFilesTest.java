package dev.limpet.e2e.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The files of {@code config/monitoring}, as Prometheus and Grafana would read them. */
class MonitoringFilesTest {

  private static final Pattern IN_RULE = Pattern.compile("\\$labels[.]([a-z_]+)");
  private static final Pattern IN_LEGEND = Pattern.compile("\\{\\{([a-z_]+)}}");
  private static final Pattern MADE = Pattern.compile("label_replace\\(.*?, \"([a-z]+)\"");

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void allThatIsAskedIsPromQl() throws IOException {
    List<Query> queries =
        Stream.concat(Query.ofRules().stream(), Query.ofDashboard().stream()).toList();
    List<PromQl> read = PromQl.read(queries.stream().map(Query::expression).toList(), directory);
    List<String> mistakes = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      String where = queries.get(i).where() + ": ";
      read.get(i).mistakes().forEach(mistake -> mistakes.add(where + mistake));
    }
    assertThat(mistakes).isEmpty();
    assertThat(read).hasSizeGreaterThan(100);
    assertThat(PromQl.read(List.of("sum by (a (b)", "rate(a[5m]", "a{b=c}", "summ(a)"), directory))
        .allSatisfy(wrong -> assertThat(wrong.mistakes()).isNotEmpty());
  }

  /** A legend or a message with a label that the answer lacks shows nothing in its place. */
  @Test
  void whatIsSaidHasNoLabelThatTheAnswerLacks() throws IOException {
    for (List<Query> queries : List.of(Query.ofRules(), Query.ofDashboard())) {
      List<PromQl> read = PromQl.read(queries.stream().map(Query::expression).toList(), directory);
      for (int i = 0; i < queries.size(); i++) {
        Query query = queries.get(i);
        Set<String> used = new HashSet<>();
        for (String text : query.texts()) {
          used.addAll(found(IN_RULE, text));
          used.addAll(found(IN_LEGEND, text));
        }
        // Without a grouping, the answer has all labels that the figure has; FiguresTest knows
        // them.
        if (!read.get(i).groupings().isEmpty()) {
          assertThat(read.get(i).groupings()).as(query.where()).containsAll(used);
        }
        Set<String> made = found(MADE, query.expression());
        assertThat(read.get(i).groupings()).as(query.where()).containsAll(made);
      }
    }
  }

  @Test
  void eachAlertSaysHowBadItIsAndWhatToDo() throws IOException {
    Set<String> names = new HashSet<>();
    for (Map<String, Object> rule : Query.rules()) {
      assertThat(names.add(Query.name(rule))).as("two of %s", Query.name(rule)).isTrue();
      if (rule.containsKey("alert")) {
        assertThat(rule.get("labels"))
            .as(Query.name(rule))
            .isIn(Map.of("severity", "warning"), Map.of("severity", "critical"));
        assertThat(rule.get("annotations"))
            .as(Query.name(rule))
            .asInstanceOf(InstanceOfAssertFactories.MAP)
            .containsOnlyKeys("summary", "runbook");
      }
    }
  }

  @Test
  void theRulesForKubernetesAreTheSame() throws IOException {
    Map<String, Object> object =
        Query.yaml(Path.of("..", "..", "k8s", "components", "prometheus", "prometheusrule.yaml"));
    assertThat(object.get("spec"))
        .as("copy the groups of config/monitoring/limpet-rules.yml")
        .isEqualTo(Map.of("groups", Query.groups()));
  }

  @Test
  void prometheusFindsTheRulesAndShowsItsTokenWhereOneIsAsked() throws IOException {
    Map<String, Object> file = Query.yaml(Query.FOLDER.resolve("prometheus.yml"));
    assertThat(file.get("rule_files")).isEqualTo(List.of("limpet-rules.yml"));
    List<Map<String, Object>> jobs = Query.maps(file, "scrape_configs");
    assertThat(jobs)
        .extracting(job -> job.get("job_name"))
        .containsExactly("limpet", "limpet-dns", "limpet-kubernetes");
    assertThat(jobs.subList(0, 2))
        .extracting(job -> job.get("authorization"))
        .containsOnly(Map.of("credentials_file", "limpet.token"));
    // k8s/base has admin.metrics-open.
    assertThat(jobs.get(2)).doesNotContainKey("authorization");
  }

  @Test
  void grafanaTakesTheDashboard() throws IOException {
    JsonNode dashboard = Query.dashboard();
    Set<Integer> ids = new HashSet<>();
    Set<String> taken = new HashSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      String title = panel.path("title").asText();
      assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
      JsonNode place = panel.path("gridPos");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).as(title).isBetween(1, 24);
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          int column = place.path("x").asInt() + x;
          assertThat(taken.add(column + ":" + (place.path("y").asInt() + y))).as(title).isTrue();
        }
      }
      if (!panel.path("type").asText().equals("row")) {
        assertThat(panel.path("description").asText()).as(title).isNotEmpty();
        assertThat(panel.path("fieldConfig").path("defaults").path("unit").asText())
            .as("unit of %s", title)
            .isNotEmpty();
      }
    }
    assertThat(ids).hasSizeGreaterThan(50);
    // Whoever imports it chooses the Prometheus.
    dashboard
        .findValues("datasource")
        .forEach(source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
  }

  private static Set<String> found(Pattern pattern, String text) {
    Set<String> found = new HashSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
