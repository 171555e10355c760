package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.ServerChange.Order;
import dev.limpet.model.settings.ServerId;
import dev.limpet.settings.hocon.ChangeOrigin;
import dev.limpet.settings.hocon.Problems;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.overlay.Laid.Aside;
import dev.limpet.settings.overlay.Laid.WithoutEffect;
import dev.limpet.settings.overlay.Sorted.Given;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lays what was changed of servers over those that a file lists. */
final class ServerLayer {

  private static final String PRESENT = "present";
  private static final String STATE = "state";
  private static final String ADDRESS = "address";

  /** Keys of servers that servers which are found can have as well. */
  private static final List<String> PATCHES =
      List.of("weight", "max-connections", "slow-start", "backup", "zone");

  private final Map<String, Map<ServerId, Map<String, Given>>> changed;
  private final Problems problems;
  private final Map<String, Map<ServerId, Aside>> aside;
  private final List<WithoutEffect> withoutEffect;

  /**
   * @param aside gets what has no place in a file
   */
  ServerLayer(
      Map<String, Map<ServerId, Map<String, Given>>> changed,
      Problems problems,
      Map<String, Map<ServerId, Aside>> aside,
      List<WithoutEffect> withoutEffect) {
    this.changed = changed;
    this.problems = problems;
    this.aside = aside;
    this.withoutEffect = withoutEffect;
  }

  ConfigObject over(ConfigObject limpet) {
    if (!(limpet.get("upstreams") instanceof ConfigObject upstreams)) {
      return limpet;
    }
    ConfigObject all = upstreams;
    for (var entry : changed.entrySet()) {
      String name = entry.getKey();
      if (upstreams.get(name) instanceof ConfigObject upstream) {
        all = all.withValue(name, over(name, upstream, entry.getValue()));
      } else {
        entry
            .getValue()
            .forEach(
                (id, given) -> tell(given, "there is no upstream " + name + " in the settings"));
      }
    }
    return limpet.withValue("upstreams", all);
  }

  private ConfigObject over(
      String name, ConfigObject upstream, Map<ServerId, Map<String, Given>> given) {
    Map<ServerId, Aside> apart = new HashMap<>();
    aside.put(name, apart);
    Map<ServerId, Map<String, Given>> left = new LinkedHashMap<>(given);
    List<ConfigValue> servers = new ArrayList<>();
    for (ConfigValue element : Hocon.elements(upstream.get("servers"))) {
      ServerId id = element instanceof ConfigObject server ? id(name, server) : null;
      Map<String, Given> fields = id == null ? null : left.remove(id);
      if (id == null || fields == null || !(element instanceof ConfigObject server)) {
        servers.add(element);
      } else if (!isPresent(fields, false)) {
        setAside(name, id, fields, null, apart);
        servers.add(patched(name, id, server, fields));
      }
    }
    boolean othersAreFound =
        upstream.get("discovery") instanceof ConfigObject found
            && (found.get("dns") instanceof ConfigObject
                || found.get("kubernetes") instanceof ConfigObject);
    left.forEach(
        (id, fields) -> {
          if (isPresent(fields, true)) {
            setAside(name, id, fields, null, apart);
            servers.add(added(name, id, fields));
          } else if (!isPresent(fields, false)) {
            setAside(name, id, fields, othersAreFound ? patch(fields) : null, apart);
            if (!othersAreFound) {
              tell(fields, "there is no such server in the settings");
            }
          }
        });
    return upstream.withValue("servers", list(servers, given));
  }

  /** The name of a server that the file lists; null where it has none, which is told elsewhere. */
  static @Nullable ServerId id(String upstream, ConfigObject server) {
    String id = Hocon.text(server, "id");
    if (id != null) {
      return ServerId.of(upstream, id);
    }
    String address = Hocon.text(server, ADDRESS);
    return address == null ? null : ServerId.of(upstream, canonical(address));
  }

  private static String canonical(String address) {
    try {
      return HostPort.parse(address).toString();
    } catch (IllegalArgumentException notAnAddress) {
      return address;
    }
  }

  private static boolean isPresent(Map<String, Given> fields, boolean wanted) {
    Given present = fields.get(PRESENT);
    return present != null && Boolean.toString(wanted).equals(present.value().json());
  }

  private ConfigObject patched(
      String upstream, ServerId id, ConfigObject server, Map<String, Given> fields) {
    ConfigObject patched = server;
    for (Map.Entry<String, Given> field : fields.entrySet()) {
      String key = field.getKey();
      if (key.equals(ADDRESS) || PATCHES.contains(key)) {
        patched = patched.withValue(key, field.getValue().read());
      }
    }
    Given address = fields.get(ADDRESS);
    return address != null && Hocon.text(server, "id") == null
        ? patched.withValue("id", text(own(upstream, id), address.origin()))
        : patched;
  }

  private ConfigObject added(String upstream, ServerId id, Map<String, Given> fields) {
    String name = own(upstream, id);
    String change = Objects.requireNonNull(fields.get(PRESENT)).value().change();
    SettingPath path = SettingPath.server(upstream, name);
    ConfigOrigin origin = ChangeOrigin.of(path, change);
    ConfigObject server = ConfigFactory.empty().root().withOrigin(origin);
    return patched(
        upstream,
        id,
        fields.containsKey(ADDRESS)
            ? server.withValue("id", text(name, origin))
            : server.withValue(ADDRESS, text(name, ChangeOrigin.of(path.child(ADDRESS), change))),
        fields);
  }

  private static ConfigObject patch(Map<String, Given> fields) {
    ConfigObject patch = ConfigFactory.empty().root();
    for (Map.Entry<String, Given> field : fields.entrySet()) {
      if (PATCHES.contains(field.getKey())) {
        patch = patch.withValue(field.getKey(), field.getValue().read());
      }
    }
    return patch;
  }

  /** Also of servers that this node's settings do not have: those of other nodes may. */
  private void setAside(
      String upstream,
      ServerId id,
      Map<String, Given> fields,
      @Nullable ConfigObject patch,
      Map<ServerId, Aside> apart) {
    Optional<Order> order = Optional.empty();
    Given state = fields.get(STATE);
    if (state != null) {
      try {
        order =
            Optional.of(
                new Order(Values.choice(state.read(), AdminState.class), state.value().time()));
      } catch (IllegalArgumentException e) {
        problems.add(
            state.origin(),
            "limpet.%s.servers[%s].%s"
                .formatted(ConfigUtil.joinPath("upstreams", upstream), id, STATE),
            String.valueOf(e.getMessage()));
      }
    }
    ConfigObject own = patch == null ? ConfigFactory.empty().root() : patch;
    if (order.isPresent() || !own.isEmpty()) {
      apart.put(id, new Aside(order, own));
    }
  }

  private static ConfigList list(
      List<ConfigValue> servers, Map<ServerId, Map<String, Given>> given) {
    Given newest =
        given.values().stream()
            .flatMap(fields -> fields.values().stream())
            .max(Given.BY_AGE)
            .orElseThrow();
    SettingPath path = new SettingPath(newest.path().parts().subList(0, 3));
    return ConfigValueFactory.fromIterable(servers)
        .withOrigin(ChangeOrigin.of(path, newest.value().change()));
  }

  private static ConfigValue text(String text, ConfigOrigin origin) {
    return ConfigValueFactory.fromAnyRef(text).withOrigin(origin);
  }

  /** The name without the upstream before it. */
  private static String own(String upstream, ServerId id) {
    return id.value().substring(upstream.length() + 1);
  }

  private void tell(Map<String, Given> fields, String message) {
    fields.values().stream()
        .max(Given.BY_AGE)
        .ifPresent(
            newest ->
                withoutEffect.add(
                    new WithoutEffect(
                        new SettingPath(newest.path().parts().subList(0, 4)),
                        newest.value().change(),
                        message)));
  }
}
