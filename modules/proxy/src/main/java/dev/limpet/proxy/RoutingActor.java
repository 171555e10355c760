package dev.limpet.proxy;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.CookieCodec;
import dev.limpet.balancing.Lineup;
import dev.limpet.model.AdminState;
import dev.limpet.model.Balancing;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.Health;
import dev.limpet.model.HostPort;
import dev.limpet.model.KeyRing;
import dev.limpet.model.ServerState;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Listens to the cluster for one upstream and publishes what the request path reads. Requests never
 * ask this actor anything.
 */
final class RoutingActor extends AbstractBehavior<RoutingActor.Command> {

  sealed interface Command {}

  record ClusterChanged(ClusterSnapshot snapshot) implements Command {}

  private enum Clock implements Command {
    WARMER
  }

  private final UpstreamGroup group;
  private final BackendRegistry backends;
  private final String zone;
  private final WarmUp warmUp = new WarmUp();
  private final AtomicInteger turns = new AtomicInteger();
  private List<ServerState> servers = List.of();
  private KeyRing keys = KeyRing.EMPTY;
  private CookieCodec cookies;
  private boolean published;
  private boolean ticking;

  private RoutingActor(
      ActorContext<Command> context, UpstreamGroup group, BackendRegistry backends, String zone) {
    super(context);
    this.group = group;
    this.backends = backends;
    this.zone = zone;
    this.cookies = new CookieCodec(keys, group.settings().name());
  }

  /**
   * @param zone the node's, or empty
   */
  static Behavior<Command> create(UpstreamGroup group, BackendRegistry backends, String zone) {
    return Behaviors.setup(context -> new RoutingActor(context, group, backends, zone));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ClusterChanged.class, this::onClusterChanged)
        .onMessageEquals(Clock.WARMER, this::onWarmer)
        .build();
  }

  private Behavior<Command> onClusterChanged(ClusterChanged changed) {
    ClusterSnapshot snapshot = changed.snapshot();
    List<ServerState> newest =
        snapshot.servers().getOrDefault(group.settings().name(), List.of());
    if (!published || !newest.equals(servers) || !snapshot.keys().equals(keys)) {
      servers = newest;
      if (!snapshot.keys().equals(keys)) {
        keys = snapshot.keys();
        cookies = new CookieCodec(keys, group.settings().name());
      }
      published = true;
      warmUp.follow(servers, System.nanoTime());
      publish();
    }
    return this;
  }

  private Behavior<Command> onWarmer() {
    ticking = false;
    publish();
    return this;
  }

  private void publish() {
    group.publish(build(System.nanoTime()));
    warmUp
        .nextStep()
        .filter(step -> !ticking)
        .ifPresent(
            step -> {
              ticking = true;
              getContext()
                  .scheduleOnce(Duration.ofNanos(step), getContext().getSelf(), Clock.WARMER);
            });
  }

  private RoutingSnapshot build(long nanos) {
    Map<Long, Backend> bound = new HashMap<>();
    List<Lineup.Standing> standings = new ArrayList<>();
    Map<Backend, InetSocketAddress> addresses = new HashMap<>();
    Map<String, Backend> named = new HashMap<>();
    int prefix = group.settings().name().length() + 1;
    for (ServerState state : servers) {
      Backend backend = backends.get(state.server());
      named.put(backend.id().value().substring(prefix), backend);
      if (state.adminState() == AdminState.DOWN) {
        continue;
      }
      HostPort address = state.server().address();
      // Resolving may block, which this actor's dispatcher is made for and a loop is not.
      addresses.put(backend, new InetSocketAddress(address.host(), address.port()));
      boolean healthy = state.health() == Health.UP;
      if (healthy) {
        bound.put(backend.hash(), backend);
      }
      standings.add(
          new Lineup.Standing(
              backend,
              state.adminState() == AdminState.UP,
              healthy,
              warmUp.warmth(state.server(), nanos)));
    }
    Balancing balancing = group.settings().balancing();
    Lineup lineup = Lineup.of(standings, zone, balancing.panicThreshold());
    lineup.open().forEach(backend -> bound.put(backend.hash(), backend));
    return new RoutingSnapshot(
        Map.copyOf(bound),
        lineup.open(),
        lineup.ranks(),
        lineup.selector(
            balancing.method(), turns, () -> ThreadLocalRandom.current().nextLong()),
        Map.copyOf(addresses),
        Map.copyOf(named),
        cookies);
  }
}
