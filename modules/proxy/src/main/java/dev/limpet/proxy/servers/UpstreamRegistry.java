package dev.limpet.proxy.servers;

import akka.actor.PoisonPill;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.ServerState;
import dev.limpet.transport.tls.TlsClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The upstreams of a node, each with the actor that listens to the cluster for it. */
public final class UpstreamRegistry {

  private static final Logger LOG = LoggerFactory.getLogger(UpstreamRegistry.class);

  /** How often it is looked whether certificates have changed. */
  private static final Duration WATCH = Duration.ofSeconds(1);

  private record Running(Upstream upstream, ActorRef<RoutingActor.Command> routing) {}

  private final ActorSystem<?> system;
  private final BackendRegistry backends;
  private final String zone;
  private final ClusterState cluster;
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  /** Nobody reads files while it is held: the cluster waits for it. */
  private final Object telling = new Object();

  private ClusterSnapshot newest;
  private int started;

  /**
   * @param zone the node's, or empty
   */
  public UpstreamRegistry(
      ActorSystem<?> system, BackendRegistry backends, String zone, ClusterState cluster) {
    this.system = system;
    this.backends = backends;
    this.zone = zone;
    this.cluster = cluster;
    this.newest = cluster.snapshot();
    system
        .scheduler()
        .scheduleWithFixedDelay(
            WATCH,
            WATCH,
            this::renewCertificates,
            system.dispatchers().lookup(DispatcherSelector.blocking()));
  }

  /** Does not wait for those who read certificates. */
  public void onSnapshot(ClusterSnapshot snapshot) {
    synchronized (telling) {
      newest = snapshot;
      running
          .values()
          .forEach(one -> one.routing().tell(new RoutingActor.ClusterChanged(snapshot)));
    }
    backends.keep(
        snapshot.servers().values().stream()
            .flatMap(List::stream)
            .map(ServerState::server)
            .collect(Collectors.toSet()));
  }

  /**
   * Reads what the upstreams' TLS is made of; where its settings are the same, what is there goes
   * on.
   *
   * @throws IOException names the file and what is wrong with it
   */
  public synchronized Map<String, Optional<TlsClient>> load(
      Map<String, Settings.Upstream> upstreams) throws IOException {
    Map<String, Optional<TlsClient>> clients = new HashMap<>();
    for (Settings.Upstream upstream : upstreams.values()) {
      clients.put(upstream.name(), Optional.ofNullable(load(upstream)));
    }
    return clients;
  }

  private @Nullable TlsClient load(Settings.Upstream upstream) throws IOException {
    Running known = running.get(upstream.name());
    if (upstream.tls().isEmpty()) {
      return null;
    }
    if (known != null && known.upstream().settings().tls().equals(upstream.tls())) {
      return known.upstream().tls();
    }
    try {
      return TlsClient.load(upstream.tls().get());
    } catch (IOException e) {
      throw new IOException("upstream " + upstream.name() + ": " + e.getMessage(), e);
    }
  }

  /** New connections go by what the files hold now; those that stand keep what they began with. */
  private synchronized void renewCertificates() {
    for (Running one : running.values()) {
      Settings.Upstream upstream = one.upstream().settings();
      TlsClient known = one.upstream().tls();
      if (upstream.tls().isPresent() && known != null && known.isOutdated()) {
        try {
          one.upstream().update(upstream, TlsClient.load(upstream.tls().get()));
          LOG.info("upstream {} has new certificates", upstream.name());
        } catch (IOException | RuntimeException e) {
          LOG.warn("upstream {} keeps its old certificates: {}", upstream.name(), e.getMessage());
        }
      }
    }
  }

  /**
   * Starts the upstreams that are new, and gives those that have changed their settings.
   *
   * @param clients as {@link #load} has found them
   * @return completes when all of them know their servers
   */
  public synchronized CompletionStage<Map<String, Upstream>> apply(
      Map<String, Settings.Upstream> upstreams, Map<String, Optional<TlsClient>> clients) {
    Map<String, Upstream> live = new HashMap<>();
    for (Settings.Upstream upstream : upstreams.values()) {
      TlsClient tls =
          Objects.requireNonNull(clients.get(upstream.name()), upstream.name()).orElse(null);
      Running known = running.get(upstream.name());
      if (known == null) {
        start(new Upstream(upstream, tls, cluster));
      } else if (!known.upstream().settings().equals(upstream)) {
        known.upstream().update(upstream, tls);
        known.routing().tell(new RoutingActor.SettingsChanged());
      }
      live.put(upstream.name(), Objects.requireNonNull(running.get(upstream.name())).upstream());
    }
    return CompletableFuture.allOf(
            live.values().stream().map(Upstream::first).toArray(CompletableFuture[]::new))
        .thenApply(known -> live);
  }

  /**
   * Requests no longer go to any other upstreams; those that are on their way end as they would.
   */
  public synchronized void keep(Map<String, Upstream> upstreams) {
    for (String name : new HashSet<>(running.keySet())) {
      if (!upstreams.containsKey(name)) {
        Running gone = Objects.requireNonNull(running.remove(name));
        Adapter.toClassic(gone.routing())
            .tell(PoisonPill.getInstance(), akka.actor.ActorRef.noSender());
      }
    }
  }

  private void start(Upstream upstream) {
    ActorRef<RoutingActor.Command> routing =
        system.systemActorOf(
            RoutingActor.create(upstream, backends, zone, cluster::snapshot),
            // A name is free again only some time after its actor has ended.
            "routing-" + upstream.settings().name() + "-" + ++started,
            Props.empty());
    synchronized (telling) {
      running.put(upstream.settings().name(), new Running(upstream, routing));
      routing.tell(new RoutingActor.ClusterChanged(newest));
    }
  }
}
