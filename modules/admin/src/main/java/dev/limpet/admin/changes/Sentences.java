package dev.limpet.admin.changes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.model.changes.Change.Step;
import dev.limpet.model.changes.SettingPath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells what a change does, in sentences without their subject: {@code sets app/a to drain}. */
final class Sentences {

  private static final int MOST_IN_ONE = 10;

  private Sentences() {}

  /** One for each thing that it does. */
  static List<String> of(List<Step> steps) {
    Map<SettingPath, List<Step>> things = new LinkedHashMap<>();
    for (Step step : steps) {
      things.computeIfAbsent(thing(step.path()), path -> new ArrayList<>()).add(step);
    }
    List<String> sentences = new ArrayList<>();
    things.forEach((path, of) -> tell(path, of, sentences));
    return sentences;
  }

  /** All of them, or the first ones of many. */
  static String inOne(List<Step> steps) {
    List<String> all = of(steps);
    return String.join("; ", all.subList(0, Math.min(all.size(), MOST_IN_ONE)))
        + (all.size() > MOST_IN_ONE ? "; and %d more".formatted(all.size() - MOST_IN_ONE) : "");
  }

  /** A server, or else the value itself. */
  private static SettingPath thing(SettingPath path) {
    return isOfServer(path) ? new SettingPath(path.parts().subList(0, 4)) : path;
  }

  private static boolean isOfServer(SettingPath path) {
    List<String> parts = path.parts();
    return parts.size() == 5
        && parts.getFirst().equals("upstreams")
        && parts.get(2).equals("servers");
  }

  private static void tell(SettingPath thing, List<Step> steps, List<String> sentences) {
    if (!isOfServer(steps.getFirst().path())) {
      sentences.add(shares(thing, steps.getFirst()));
      return;
    }
    String server = thing.parts().get(1) + "/" + thing.parts().get(3);
    for (Step step : steps) {
      if (field(step).equals(Site.PRESENT) && !"true".equals(step.value())) {
        boolean back = step.value() == null && !"true".equals(step.before());
        sentences.add(back ? "puts server " + server + " back" : "removes server " + server);
        return;
      }
    }
    boolean added = steps.stream().anyMatch(step -> field(step).equals(Site.PRESENT));
    List<String> values = new ArrayList<>();
    for (Step step : steps) {
      if (added && !field(step).equals(Site.PRESENT) && step.value() != null) {
        values.add(field(step) + " " + text(step.value()));
      } else if (!added) {
        sentences.add(field(server, step));
      }
    }
    if (added) {
      sentences.add(
          "adds server " + server + (values.isEmpty() ? "" : " with " + String.join(", ", values)));
    }
  }

  private static String field(String server, Step step) {
    if (field(step).equals("state")) {
      return "sets %s to %s".formatted(server, text(step.value()));
    }
    return "sets %s of %s to %s".formatted(field(step), server, text(step.value()));
  }

  private static String shares(SettingPath thing, Step step) {
    List<String> parts = thing.parts();
    return parts.getFirst().equals("routes") && parts.size() == 3
        ? "sets the shares of route %s to %s".formatted(parts.get(1), text(step.value()))
        : "sets %s to %s".formatted(thing, text(step.value()));
  }

  private static String field(Step step) {
    return step.path().parts().getLast();
  }

  private static String text(@Nullable String json) {
    if (json == null) {
      return "what the settings file says";
    }
    JsonNode value = Json.read(json);
    return value.isTextual() ? value.textValue() : value.toString();
  }
}
