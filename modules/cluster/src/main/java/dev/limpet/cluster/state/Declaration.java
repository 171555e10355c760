package dev.limpet.cluster.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.cluster.discovery.DiscoveredServer;
import dev.limpet.cluster.replicated.Codec;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The servers and peers that one node knows of, from its settings and discovery. It stands under
 * the node's own key, where no other node writes, so there is nothing to conflict.
 *
 * @param name the node's name
 * @param time when it was declared; of two declarations of a server the later one counts
 * @param peers whom it takes for the cluster's nodes; null where it has no list of them
 */
record Declaration(String name, long time, @Nullable List<String> peers, List<Declared> servers) {

  static final Codec<Declaration> CODEC = new Codec<>(Declaration::toJson, Declaration::fromJson);

  /** Of a node that this one does not understand. */
  static final Declaration NOTHING = new Declaration("unknown", 0, null, List.of());

  /** A newer node may say more. */
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * One server.
   *
   * @param overflow whether a backup is one for servers that are full, too; older nodes say nothing
   *     of it
   * @param slowStart in milliseconds
   * @param zone null where an older node says nothing of it
   * @param leaving whether it gets no new clients, since it is about to end, or is not found any
   *     more
   */
  record Declared(
      String upstream,
      String id,
      long hash,
      String host,
      int port,
      int weight,
      int maxConnections,
      boolean backup,
      boolean overflow,
      boolean down,
      long slowStart,
      @Nullable String zone,
      boolean leaving) {

    static Declared of(String upstream, Server server, boolean leaving) {
      return new Declared(
          upstream,
          server.id().value(),
          server.id().hash(),
          server.address().host(),
          server.address().port(),
          server.weight(),
          server.maxConnections(),
          server.options().backup() != Backup.OFF,
          server.options().backup() == Backup.OVERFLOW,
          server.options().down(),
          server.options().slowStart().toMillis(),
          server.options().zone(),
          leaving);
    }

    /** Merges what two nodes say of one server: it stays while either knows that it does. */
    Declared and(Declared later) {
      return leaving || !later.leaving ? later : later.staying();
    }

    private Declared staying() {
      return Declared.of(upstream, server(), false);
    }

    Server server() {
      return new Server(
          new ServerId(id, hash),
          new HostPort(host, port),
          weight,
          maxConnections,
          new ServerOptions(
              standsIn(), down, Duration.ofMillis(slowStart), zone == null ? "" : zone));
    }

    private Backup standsIn() {
      if (!backup) {
        return Backup.OFF;
      }
      return overflow ? Backup.OVERFLOW : Backup.FAILURE;
    }
  }

  /**
   * @param found servers that the settings do not list; one that they do list counts as they say.
   *     Both with what was changed of them while nodes run
   */
  static Declaration of(Settings settings, List<DiscoveredServer> found, long time) {
    Map<String, Declared> servers = new LinkedHashMap<>();
    for (DiscoveredServer server : found) {
      Settings.Upstream upstream = settings.upstreams().get(server.upstream());
      ServerChange change = upstream == null ? null : upstream.changed().get(server.server().id());
      servers.put(
          server.server().id().value(),
          Declared.of(
              server.upstream(),
              change == null ? server.server() : change.patch().on(server.server()),
              server.leaving()));
    }
    for (Settings.Upstream upstream : settings.upstreams().values()) {
      for (Server server : upstream.servers()) {
        servers.put(server.id().value(), Declared.of(upstream.name(), server, false));
      }
    }
    return new Declaration(
        settings.node().name(),
        time,
        settings.cluster().discovery().isPresent()
            ? null
            : settings.cluster().peers().stream().map(HostPort::toString).toList(),
        List.copyOf(servers.values()));
  }

  private String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a declaration is plain data", e);
    }
  }

  private void check() {
    Objects.requireNonNull(name);
    for (Declared server : servers) {
      Objects.requireNonNull(server.upstream);
      Objects.requireNonNull(server.id);
      server.server();
    }
  }

  private static Declaration fromJson(String json) {
    try {
      Declaration declaration = JSON.readValue(json, Declaration.class);
      declaration.check();
      return declaration;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a declaration: " + e.getOriginalMessage(), e);
    }
  }
}
