package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.ServerId;
import dev.limpet.settings.hocon.ChangeOrigin;
import dev.limpet.settings.hocon.Problems;
import dev.limpet.settings.overlay.Laid.Aside;
import dev.limpet.settings.overlay.Sorted.Given;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Changes as a piece of a settings file that makes them permanent. HOCON cannot change an element
 * of a list: so a list of servers is written anew, unless there are only more of them.
 */
public final class Export {

  private static final ConfigRenderOptions ON_ONE_LINE =
      ConfigRenderOptions.concise().setJson(false);

  /** In the order in which people write them. */
  private static final List<String> KEYS =
      List.of(
          "id",
          "name",
          "address",
          "weight",
          "max-connections",
          "backup",
          "down",
          "slow-start",
          "zone");

  private final ConfigObject file;
  private final Laid laid;
  private final Sorted sorted;
  private final StringBuilder text = new StringBuilder();

  private Export(ConfigObject file, Overlay overlay) {
    this.file = file;
    this.laid = Laid.over(file, overlay, new Problems("export"));
    this.sorted = Sorted.of(overlay);
  }

  /**
   * @param limpet the file's settings, with all substitutions made
   * @param overlay changes that go with them
   */
  public static String of(ConfigObject limpet, Overlay overlay) {
    return new Export(limpet, overlay).write();
  }

  private String write() {
    line(
        "# Changes made at run time. Put this at the end of the settings file, behind limpet { },");
    line("# reload, and discard the changes.");
    sorted.servers().forEach(this::servers);
    Hocon.elements(laid.values().get("hosts")).forEach(this::routes);
    return text.toString();
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private void servers(String upstream, Map<ServerId, Map<String, Given>> changed) {
    if (!(upstreamOf(file, upstream) instanceof ConfigObject before)
        || !(upstreamOf(laid.values(), upstream) instanceof ConfigObject after)) {
      return;
    }
    Map<ServerId, Aside> aside = laid.servers().getOrDefault(upstream, Map.of());
    List<String> all = new ArrayList<>();
    List<String> added = new ArrayList<>();
    Set<ServerId> listed = new LinkedHashSet<>();
    boolean othersChange = false;
    for (ConfigValue element : Hocon.elements(after.get("servers"))) {
      if (element instanceof ConfigObject server) {
        ServerId id = ServerLayer.id(upstream, server);
        Map<String, Given> fields = id == null ? Map.of() : changed.getOrDefault(id, Map.of());
        if (id != null) {
          listed.add(id);
          server = withState(server, aside.get(id));
        }
        boolean isNew = !ChangeOrigin.change(server.origin()).isEmpty();
        String why = why(fields, isNew);
        String entry = entry(server) + (why.isEmpty() ? "" : "  # " + why);
        all.add(entry);
        if (isNew) {
          added.add(entry);
        } else {
          othersChange |= !why.isEmpty();
        }
      }
    }
    List<String> notes = notes(upstream, before, changed, listed);
    boolean removed = notes.stream().anyMatch(note -> note.contains(" was removed"));
    if (added.isEmpty() && !othersChange && !removed && notes.isEmpty()) {
      return;
    }
    line("");
    notes.forEach(this::line);
    String key = "limpet." + ConfigUtil.joinPath("upstreams", upstream, "servers");
    if (othersChange || removed || before.get("servers") instanceof ConfigObject) {
      line(key + " = [");
      all.forEach(entry -> line("  " + entry));
      line("]");
    } else {
      added.forEach(entry -> line(key + " += " + entry));
    }
  }

  private static ConfigValue upstreamOf(ConfigObject limpet, String name) {
    ConfigValue none = ConfigValueFactory.fromAnyRef("");
    return limpet.get("upstreams") instanceof ConfigObject upstreams
        ? upstreams.getOrDefault(name, none)
        : none;
  }

  /** As far as a file can say it. */
  private static ConfigObject withState(ConfigObject server, @Nullable Aside aside) {
    if (aside == null || aside.order().isEmpty()) {
      return server;
    }
    return aside.order().get().state() == AdminState.DOWN
        ? server.withValue("down", ConfigValueFactory.fromAnyRef("on"))
        : server.withoutKey("down");
  }

  /** Which changes have made a server what it is. */
  private static String why(Map<String, Given> fields, boolean isNew) {
    return fields.entrySet().stream()
        .filter(field -> !isDrain(field.getKey(), field.getValue()))
        .filter(field -> field.getKey().equals("present") == isNew)
        .map(field -> (isNew ? "added" : field.getKey()) + ": " + field.getValue().value().change())
        .collect(Collectors.joining(", "));
  }

  private static boolean isDrain(String field, Given given) {
    return field.equals("state") && "\"drain\"".equals(given.value().json());
  }

  private List<String> notes(
      String upstream,
      ConfigObject before,
      Map<ServerId, Map<String, Given>> changed,
      Set<ServerId> listed) {
    List<String> notes = new ArrayList<>();
    for (ConfigValue element : Hocon.elements(before.get("servers"))) {
      ServerId id =
          element instanceof ConfigObject server ? ServerLayer.id(upstream, server) : null;
      if (id != null && !listed.contains(id) && changed.containsKey(id)) {
        Given present = changed.get(id).get("present");
        notes.add("# " + id + " was removed: " + (present == null ? "" : present.value().change()));
      }
    }
    changed.forEach(
        (id, fields) ->
            fields.forEach(
                (field, given) -> {
                  String set =
                      "%s = %s (%s)".formatted(field, given.value().json(), given.value().change());
                  if (listed.contains(id) && isDrain(field, given)) {
                    notes.add("# " + id + ": no file can say " + set);
                  } else if (!listed.contains(id)
                      && laid.servers().getOrDefault(upstream, Map.of()).containsKey(id)) {
                    notes.add("# " + id + " is not in the file, which cannot say " + set);
                  }
                }));
    return notes;
  }

  private void routes(ConfigValue host) {
    if (!(host instanceof ConfigObject section)) {
      return;
    }
    String names =
        Hocon.elements(section.get("names")).stream()
            .map(name -> String.valueOf(Hocon.text(name)))
            .collect(Collectors.joining(" "));
    for (ConfigValue element : Hocon.elements(section.get("routes"))) {
      if (element instanceof ConfigObject route
          && route.get("upstream") instanceof ConfigList shares
          && !ChangeOrigin.change(shares.origin()).isEmpty()) {
        line("");
        line(
            "# In host %s, for the upstream of route %s  # %s"
                .formatted(
                    names.isEmpty() ? "*" : names,
                    RouteName.of(route),
                    ChangeOrigin.change(shares.origin())));
        line(
            shares.stream()
                .map(share -> entry((ConfigObject) share))
                .collect(Collectors.joining(", ", "#   upstream = [ ", " ]")));
      }
    }
  }

  private static String entry(ConfigObject section) {
    Set<String> keys = new LinkedHashSet<>(KEYS);
    keys.retainAll(section.keySet());
    keys.addAll(section.keySet());
    return keys.stream()
        .map(
            key ->
                ConfigUtil.joinPath(key)
                    + " = "
                    + section.getOrDefault(key, section).render(ON_ONE_LINE))
        .collect(Collectors.joining(", ", "{ ", " }"));
  }
}
