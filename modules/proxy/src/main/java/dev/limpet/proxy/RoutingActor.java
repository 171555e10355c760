package dev.limpet.proxy;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.CookieCodec;
import dev.limpet.balancing.Selector;
import dev.limpet.model.AdminState;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.Health;
import dev.limpet.model.HostPort;
import dev.limpet.model.KeyRing;
import dev.limpet.model.ServerState;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Listens to the cluster for one upstream and publishes what the request path reads. Requests never
 * ask this actor anything.
 */
final class RoutingActor extends AbstractBehavior<RoutingActor.Command> {

  sealed interface Command {}

  record ClusterChanged(ClusterSnapshot snapshot) implements Command {}

  /** The group has other settings. */
  record SettingsChanged() implements Command {}

  private record Passed(Backend backend) implements Command {}

  private final UpstreamGroup group;
  private final BackendRegistry backends;
  private List<ServerState> servers = List.of();
  private KeyRing keys = KeyRing.EMPTY;
  private CookieCodec cookies;
  private boolean published;

  /** Those of the last snapshot. */
  private final Set<Backend> ejected = new LinkedHashSet<>();

  /** Those whose ejection is over, until a request has gone well. */
  private final Set<Backend> onTrial = new LinkedHashSet<>();

  private RoutingActor(
      ActorContext<Command> context, UpstreamGroup group, BackendRegistry backends) {
    super(context);
    this.group = group;
    this.backends = backends;
    this.cookies = new CookieCodec(keys, group.settings().name());
    followTrials();
  }

  private void followTrials() {
    ActorRef<Command> self = getContext().getSelf();
    group.outliers().onPassed(backend -> self.tell(new Passed(backend)));
  }

  static Behavior<Command> create(UpstreamGroup group, BackendRegistry backends) {
    return Behaviors.setup(context -> new RoutingActor(context, group, backends));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case ClusterChanged(ClusterSnapshot snapshot) -> onSnapshot(snapshot);
      case SettingsChanged() -> {
        followTrials();
        if (published) {
          group.publish(build());
        }
      }
      case Passed(Backend backend) -> {
        if (onTrial.remove(backend)) {
          group.publish(build());
        }
      }
    }
    return this;
  }

  private void onSnapshot(ClusterSnapshot snapshot) {
    List<ServerState> newest = snapshot.servers().get(group.settings().name());
    if (newest == null) {
      // The cluster has not heard of the upstream yet.
      return;
    }
    if (!published || !newest.equals(servers) || !snapshot.keys().equals(keys)) {
      servers = newest;
      if (!snapshot.keys().equals(keys)) {
        keys = snapshot.keys();
        cookies = new CookieCodec(keys, group.settings().name());
      }
      published = true;
      group.publish(build());
    }
  }

  private RoutingSnapshot build() {
    Map<Long, Backend> bound = new HashMap<>();
    List<Backend> open = new ArrayList<>();
    List<Backend> unhealthy = new ArrayList<>();
    Map<Backend, InetSocketAddress> addresses = new HashMap<>();
    Map<String, Backend> named = new HashMap<>();
    int prefix = group.settings().name().length() + 1;
    for (ServerState state : servers) {
      Backend backend = backends.get(state.server());
      named.put(backend.id().value().substring(prefix), backend);
      if (state.adminState() == AdminState.DOWN) {
        forget(backend);
        continue;
      }
      HostPort address = state.server().address();
      // Resolving may block, which this actor's dispatcher is made for and a loop is not.
      addresses.put(backend, new InetSocketAddress(address.host(), address.port()));
      if (state.health() == Health.DOWN) {
        forget(backend);
        unhealthy.add(backend);
        continue;
      }
      bound.put(backend.hash(), backend);
      if (state.adminState() == AdminState.DRAIN) {
        forget(backend);
      } else if (isOpen(backend, state.ejection().isPresent())) {
        open.add(backend);
      }
    }
    ejected.retainAll(named.values());
    onTrial.retainAll(named.values());
    List<Backend> doubtful = new ArrayList<>(onTrial);
    doubtful.addAll(ejected);
    if (open.isEmpty()) {
      open.addAll(doubtful);
    }
    boolean noneHealthy = open.isEmpty();
    if (noneHealthy) {
      unhealthy.forEach(backend -> bound.put(backend.hash(), backend));
    }
    List<Backend> candidates = List.copyOf(noneHealthy ? unhealthy : open);
    return new RoutingSnapshot(
        Map.copyOf(bound),
        candidates,
        onTrial.stream().filter(server -> !open.contains(server)).map(group.outliers()::of).toList(),
        noneHealthy ? List.of() : lastResort(open, doubtful, unhealthy),
        Selector.of(group.settings().balance(), candidates),
        Map.copyOf(addresses),
        Map.copyOf(named),
        cookies);
  }

  private static List<Backend> lastResort(
      List<Backend> open, List<Backend> doubtful, List<Backend> unhealthy) {
    List<Backend> last = new ArrayList<>(doubtful);
    last.removeAll(open);
    last.addAll(unhealthy);
    return List.copyOf(last);
  }

  private boolean isOpen(Backend backend, boolean isEjected) {
    if (isEjected) {
      forget(backend);
      ejected.add(backend);
    } else if (ejected.remove(backend)) {
      group.outliers().of(backend).beginTrial();
      onTrial.add(backend);
    }
    return !isEjected && !onTrial.contains(backend);
  }

  /** It has no trial, or none any more: the checks, or an operator, say when it is back. */
  private void forget(Backend backend) {
    ejected.remove(backend);
    if (onTrial.remove(backend)) {
      group.outliers().of(backend).endTrial();
    }
  }
}
