package dev.limpet.settings.hocon;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.words.Nearest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One {@code { }} of the file beside the same one of {@code reference.conf}, which says which keys
 * there are and what they default to. A getter that meets a mistake notes it and returns a
 * placeholder, so that the read goes on to the next one; the placeholders never leave this module.
 */
public final class Section {

  /** {@code limpet} of reference.conf; its {@code defaults} are the templates of what is listed. */
  private static final Config REFERENCE =
      ConfigFactory.parseResources(Section.class.getClassLoader(), "reference.conf")
          .withOnlyPath("limpet")
          .getConfig("limpet");

  private static final String TEMPLATES = "defaults";
  private static final HostPort NO_ADDRESS = new HostPort("localhost", 1);

  private final Problems problems;
  private final String path;
  private final ConfigObject values;
  private final ConfigObject reference;

  private Section(Problems problems, String path, ConfigObject values, ConfigObject reference) {
    this.problems = problems;
    this.path = path;
    this.values = values;
    this.reference = reference;
  }

  public static Section root(Problems problems, ConfigObject values) {
    return checked(problems, "limpet", values, REFERENCE.root().withoutKey(TEMPLATES));
  }

  private static Section checked(
      Problems problems, String path, ConfigObject values, ConfigObject reference) {
    Section section = new Section(problems, path, values, reference);
    values.forEach(
        (key, value) -> {
          if (!reference.containsKey(key)) {
            problems.add(
                value.origin(),
                section.at(key),
                "unknown key"
                    + Nearest.hint(key, new TreeSet<>(reference.keySet()), "the keys here are"));
          }
        });
    return section;
  }

  /** Whether the file itself sets this key. */
  public boolean has(String key) {
    return own(key) != null;
  }

  /** Whether this list has no elements, right or wrong. */
  public boolean none(String key) {
    return find(key) instanceof ConfigList list && list.isEmpty();
  }

  /** Whether the file writes a list there. */
  public boolean isList(String key) {
    return own(key) instanceof ConfigList;
  }

  /** Blames this key; or, where the file does not set it, the section it belongs in. */
  public void reject(String key, String message) {
    ConfigValue own = own(key);
    problems.add(own == null ? values.origin() : own.origin(), at(key), message);
  }

  /** Says of this key what need not be a mistake. */
  public void warn(String key, String message) {
    ConfigValue own = own(key);
    problems.warn(own == null ? values.origin() : own.origin(), at(key), message);
  }

  /** Blames this section itself. */
  public void reject(String message) {
    problems.add(values.origin(), path, message);
  }

  public String text(String key) {
    return get(key, "", Values::text);
  }

  public String name(String key) {
    return get(key, "", Values::name);
  }

  public boolean onOff(String key) {
    return get(key, false, Values::onOff);
  }

  public int whole(String key, int min, int max) {
    return get(key, min, value -> (int) Values.whole(value, min, max));
  }

  public long size(String key, long min, long max) {
    return get(key, min, value -> Values.size(value, min, max));
  }

  public Duration duration(String key, String min, String max) {
    return get(key, Duration.ZERO, value -> Values.duration(value, min, max));
  }

  /**
   * @param word what is written in place of a duration where there is to be none
   */
  public Optional<Duration> durationUnless(String word, String key, String min, String max) {
    return get(key, Optional.empty(), value -> Values.durationUnless(word, value, min, max));
  }

  public HostPort address(String key, int minPort) {
    return get(key, NO_ADDRESS, value -> Values.address(value, minPort));
  }

  /** A file that can be read; empty where the key is not set, or wrong. */
  public Optional<Path> file(String key) {
    return has(key)
        ? get(key, Optional.empty(), value -> Optional.of(Values.file(value)))
        : Optional.empty();
  }

  /**
   * A folder, which need not be there; empty where the file says off.
   *
   * @param usual where the key is not set; it starts at the directory of the settings file
   */
  public Optional<Path> folderUnlessOff(String key, String usual) {
    return has(key)
        ? get(key, Optional.empty(), Values::folderUnlessOff)
        : Optional.of(problems.besideTheFile(usual));
  }

  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    return get(key, type.getEnumConstants()[0], value -> Values.choice(value, type));
  }

  /**
   * @param read throws IllegalArgumentException with what is wrong
   */
  public <T> T get(String key, T placeholder, Function<ConfigValue, T> read) {
    return found(key, placeholder, value -> read.apply(inTheFile(value)));
  }

  private <T> T found(String key, T placeholder, Function<ConfigValue, T> read) {
    ConfigValue value = find(key);
    if (value == null) {
      reject(key, "missing; this key is required");
      return placeholder;
    }
    return attempt(value, blamed(key, value), at(key), read).orElse(placeholder);
  }

  /** The elements that could be read. */
  public <T> List<T> list(String key, Function<ConfigValue, T> read) {
    List<T> elements = new ArrayList<>();
    List<ConfigValue> found = found(key, List.of(), Section::elements);
    for (int i = 0; i < found.size(); i++) {
      ConfigValue element = found.get(i);
      attempt(inTheFile(element), blamed(key, element), element(key, i), read)
          .ifPresent(elements::add);
    }
    return elements;
  }

  public Section section(String key) {
    ConfigObject own = has(key) ? get(key, empty(), Section::object) : empty();
    if (referenceOf(key) instanceof ConfigObject defaults) {
      return checked(problems, at(key), own, defaults);
    }
    throw new IllegalStateException("reference.conf has no section " + at(key));
  }

  /** A section that {@code key = off} leaves out. */
  public Optional<Section> sectionUnlessOff(String key) {
    ConfigValue own = own(key);
    if (own == null || !Values.isSwitch(own)) {
      return Optional.of(section(key));
    }
    return Values.onOff(own)
        ? Optional.of(checked(problems, at(key), empty(), object(referenceOf(key))))
        : Optional.empty();
  }

  /** A section that counts only where the file writes it. */
  public Optional<Section> sectionIfSet(String key) {
    return has(key) ? sectionUnlessOff(key) : Optional.empty();
  }

  /**
   * A section that is in no file.
   *
   * @param key what problems call it
   */
  public Section aside(String key, ConfigObject values, String template) {
    return checked(problems, path + "." + key, values, of(template));
  }

  /** The sections of a list, in order. */
  public List<Section> sections(String key, String template) {
    return sections(key, of(template));
  }

  /**
   * The sections of a list that may have some of the keys of this section.
   *
   * @param keys those they may have
   */
  public List<Section> sections(String key, Collection<String> keys) {
    ConfigObject template = reference;
    for (String other : reference.keySet()) {
      template = keys.contains(other) ? template : template.withoutKey(other);
    }
    return sections(key, template);
  }

  private List<Section> sections(String key, ConfigObject template) {
    List<Section> sections = new ArrayList<>();
    List<ConfigValue> found = found(key, List.of(), Section::elements);
    for (int i = 0; i < found.size(); i++) {
      String place = element(key, i);
      attempt(found.get(i), found.get(i).origin(), place, Section::object)
          .ifPresent(object -> sections.add(checked(problems, place, object, template)));
    }
    return sections;
  }

  /**
   * The values of a section whose keys are the operator's own, ordered by key.
   *
   * @param read of a key and its value; throws IllegalArgumentException with what is wrong
   */
  public <T> SortedMap<String, T> values(String key, BiFunction<String, ConfigValue, T> read) {
    SortedMap<String, T> found = new TreeMap<>();
    get(key, empty(), Section::object)
        .forEach(
            (name, value) ->
                attempt(
                        value,
                        value.origin(),
                        at(key) + "." + ConfigUtil.joinPath(name),
                        v -> read.apply(name, v))
                    .ifPresent(good -> found.put(name, good)));
    return found;
  }

  /** The named sections of {@code key}, in the order of the file. */
  public Map<String, Section> named(String key, String template) {
    Map<String, Section> sections = new LinkedHashMap<>();
    for (Map.Entry<String, ConfigValue> entry : inOrder(key)) {
      String place = at(key) + "." + ConfigUtil.joinPath(entry.getKey());
      ConfigValue value = entry.getValue();
      attempt(value, value.origin(), place, Section::object)
          .map(object -> checked(problems, place, object, of(template)))
          .ifPresent(section -> sections.put(entry.getKey(), section));
    }
    return sections;
  }

  /**
   * The values that could be read of a section whose keys the file chooses, in the order of the
   * file.
   *
   * @param read throws IllegalArgumentException with what is wrong
   */
  public <T> List<T> entries(String key, BiFunction<String, ConfigValue, T> read) {
    List<T> entries = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> entry : inOrder(key)) {
      String place = at(key) + "." + ConfigUtil.joinPath(entry.getKey());
      ConfigValue value = entry.getValue();
      attempt(value, value.origin(), place, found -> read.apply(entry.getKey(), found))
          .ifPresent(entries::add);
    }
    return List.copyOf(entries);
  }

  private List<Map.Entry<String, ConfigValue>> inOrder(String key) {
    return get(key, empty(), Section::object).entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<String, ConfigValue> entry) ->
                        Problems.lineOf(entry.getValue().origin()))
                .thenComparing(Map.Entry::getKey))
        .toList();
  }

  /** A default is to blame only through the section that left it in force. */
  private ConfigOrigin blamed(String key, ConfigValue value) {
    return has(key) ? value.origin() : values.origin();
  }

  private <T> Optional<T> attempt(
      ConfigValue value, ConfigOrigin blamed, String place, Function<ConfigValue, T> read) {
    try {
      return Optional.of(read.apply(value));
    } catch (IllegalArgumentException e) {
      problems.add(blamed, place, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** A value that is, or holds, a variable has no file of its own; its path starts as others do. */
  private ConfigValue inTheFile(ConfigValue value) {
    return value instanceof ConfigObject || value.origin().filename() != null
        ? value
        : value.withOrigin(problems.theFile());
  }

  private String at(String key) {
    return path + "." + ConfigUtil.joinPath(key);
  }

  private String element(String key, int index) {
    return find(key) instanceof ConfigList ? at(key) + "[" + index + "]" : at(key);
  }

  private @Nullable ConfigValue find(String key) {
    ConfigValue own = own(key);
    if (own != null) {
      return own;
    }
    ConfigValue standard = referenceOf(key);
    return isNull(standard) ? null : standard;
  }

  private @Nullable ConfigValue own(String key) {
    ConfigValue own = values.get(key);
    return own == null || isNull(own) ? null : own;
  }

  private ConfigValue referenceOf(String key) {
    ConfigValue standard = reference.get(key);
    if (standard == null) {
      throw new IllegalStateException("reference.conf lacks " + at(key));
    }
    return standard;
  }

  private ConfigObject empty() {
    return ConfigFactory.empty().root().withOrigin(values.origin());
  }

  private static ConfigObject of(String template) {
    return REFERENCE.getObject(TEMPLATES + "." + template);
  }

  private static boolean isNull(ConfigValue value) {
    return value.valueType() == ConfigValueType.NULL;
  }

  private static ConfigObject object(ConfigValue value) {
    if (value instanceof ConfigObject object) {
      return object;
    }
    throw Values.expected("a section { }", value);
  }

  /** A list of one may be written as its element. */
  private static List<ConfigValue> elements(ConfigValue value) {
    return value instanceof ConfigList list ? List.copyOf(list) : List.of(value);
  }
}
