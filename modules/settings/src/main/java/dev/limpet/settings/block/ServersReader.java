package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.overlay.Laid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads the servers of an upstream. */
final class ServersReader {

  private static final Map<String, Backup> BACKUP = new LinkedHashMap<>();

  static {
    BACKUP.put("off", Backup.OFF);
    BACKUP.put("on", Backup.FAILURE);
    BACKUP.put("failure", Backup.FAILURE);
    BACKUP.put("overflow", Backup.OVERFLOW);
  }

  private ServersReader() {}

  static List<Server> read(
      String upstreamName, Section upstream, boolean othersAreFound, OwnListeners own) {
    List<Server> servers = new ArrayList<>();
    Set<ServerId> ids = new HashSet<>();
    for (Section section : upstream.sections("servers", "server")) {
      HostPort address = section.address("address", 1);
      String listener = own.at(address);
      if (listener != null) {
        section.reject(
            "address",
            address
                + " is where this node listens itself (listener \""
                + listener
                + "\"): its requests would come back to it");
      }
      String key = section.has("id") ? "id" : "address";
      String id = section.has("id") ? section.get("id", "", ServersReader::id) : address.toString();
      ServerId serverId = ServerId.of(upstreamName, id);
      if (section.has(key) && !ids.add(serverId)) {
        section.reject(key, "duplicate server \"" + id + "\"; give one of them another id");
      }
      servers.add(
          new Server(
              serverId,
              address,
              weight(section),
              maxConnections(section),
              new ServerOptions(
                  backup(section), section.onOff("down"), slowStart(section), zone(section))));
    }
    if (!servers.isEmpty()
        && servers.stream().allMatch(server -> server.options().backup() != Backup.OFF)) {
      upstream.reject("servers", "all of them are backups; one at least must not be");
    }
    if (upstream.none("servers") && !othersAreFound) {
      upstream.reject(
          "servers",
          "at least one server is needed, such as servers = [ { address = \"127.0.0.1:3001\" } ];"
              + " or a discovery, which finds them");
    }
    return List.copyOf(servers);
  }

  /** What changes say of servers that cannot be seen in the list. */
  static Map<ServerId, ServerChange> changed(Section upstream, Map<ServerId, Laid.Aside> aside) {
    Map<ServerId, ServerChange> changed = new TreeMap<>();
    aside.forEach(
        (id, change) ->
            changed.put(
                id,
                new ServerChange(
                    change.order(),
                    patch(upstream.aside("servers[" + id + "]", change.patch(), "server")))));
    return Collections.unmodifiableMap(changed);
  }

  private static ServerChange.Patch patch(Section found) {
    return new ServerChange.Patch(
        number(found, "weight", ServersReader::weight),
        number(found, "max-connections", ServersReader::maxConnections),
        value(found, "backup", ServersReader::backup),
        value(found, "slow-start", ServersReader::slowStart),
        value(found, "zone", ServersReader::zone));
  }

  private static OptionalInt number(Section found, String key, Function<Section, Integer> read) {
    return found.has(key) ? OptionalInt.of(read.apply(found)) : OptionalInt.empty();
  }

  private static <T> Optional<T> value(Section found, String key, Function<Section, T> read) {
    return found.has(key) ? Optional.of(read.apply(found)) : Optional.empty();
  }

  private static int weight(Section server) {
    return server.whole("weight", 1, 1000);
  }

  private static int maxConnections(Section server) {
    return server.whole("max-connections", 0, 1_000_000);
  }

  private static Backup backup(Section server) {
    return server.get("backup", Backup.OFF, value -> Values.choice(value, BACKUP));
  }

  private static Duration slowStart(Section server) {
    return server.duration("slow-start", "0s", "1h");
  }

  private static String zone(Section server) {
    return server.has("zone") ? server.name("zone") : "";
  }

  private static String id(ConfigValue value) {
    return Values.matching(
        value, Pattern.compile("[!-~]+"), "an id of printable characters, no blanks");
  }
}
