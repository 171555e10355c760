package dev.limpet.e2e.manifests;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Objects of Kubernetes, as YAML has them: maps, lists and values. */
record Manifests(List<Map<?, ?>> objects) {

  static Manifests parse(String yaml) {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    List<Map<?, ?>> objects = new ArrayList<>();
    new Yaml(new SafeConstructor(strict))
        .loadAll(yaml)
        .forEach(object -> objects.add((Map<?, ?>) object));
    return new Manifests(List.copyOf(objects));
  }

  Stream<Map<?, ?>> of(String kind) {
    return objects.stream().filter(object -> kind.equals(object.get("kind")));
  }

  /** The only one of its kind. */
  Map<?, ?> only(String kind) {
    List<Map<?, ?>> found = of(kind).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " of " + kind);
    }
    return found.getFirst();
  }

  Map<?, ?> named(String kind, String name) {
    return of(kind)
        .filter(object -> text(object, "metadata.name").equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
  }

  /** {@code statefulset/limpet}, as kubectl names it. */
  static String name(Map<?, ?> object) {
    return object.get("kind") + "/" + text(object, "metadata.name");
  }

  /**
   * What is at a path, such as {@code spec.containers.0.name}.
   *
   * @throws AssertionError where nothing is there
   */
  static Object at(Object from, String path) {
    Object found = from;
    for (String step : path.split("[.]", -1)) {
      Object next =
          switch (found) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list when Integer.parseInt(step) < list.size() ->
                list.get(Integer.parseInt(step));
            default -> null;
          };
      if (next == null) {
        throw new AssertionError("there is no " + path + " in " + from);
      }
      found = next;
    }
    return found;
  }

  static String text(Object from, String path) {
    return String.valueOf(at(from, path));
  }

  static int whole(Object from, String path) {
    return (Integer) at(from, path);
  }

  static Map<?, ?> map(Object from, String path) {
    return (Map<?, ?>) at(from, path);
  }

  /** The maps of a list; none where there is no list. */
  static List<Map<?, ?>> maps(Map<?, ?> from, String key) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (from.get(key) instanceof List<?> list) {
      list.forEach(entry -> maps.add((Map<?, ?>) entry));
    }
    return maps;
  }

  /** All values that are neither a map nor a list, by their path; {@code []} is any of a list. */
  static Map<String, List<Object>> leaves(Object from) {
    Map<String, List<Object>> leaves = new LinkedHashMap<>();
    visit("", from, (path, leaf) -> leaves.computeIfAbsent(path, p -> new ArrayList<>()).add(leaf));
    return leaves;
  }

  private static void visit(String path, Object from, BiConsumer<String, Object> leaf) {
    switch (from) {
      case Map<?, ?> map when !map.isEmpty() ->
          map.forEach(
              (key, value) -> visit(path.isEmpty() ? "" + key : path + "." + key, value, leaf));
      case List<?> list when !list.isEmpty() ->
          list.forEach(value -> visit(path + "[]", value, leaf));
      default -> leaf.accept(path, from);
    }
  }
}
