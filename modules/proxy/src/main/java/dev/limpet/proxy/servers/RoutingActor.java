package dev.limpet.proxy.servers;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.HostSet;
import dev.limpet.balancing.HostStatus;
import dev.limpet.balancing.affinity.CookieCodec;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import dev.limpet.proxy.upstream.Addresses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the cluster for one upstream and publishes what the request path reads. Requests never
 * ask this actor anything.
 */
final class RoutingActor extends AbstractBehavior<RoutingActor.Command> {

  sealed interface Command {}

  record ClusterChanged(ClusterSnapshot snapshot) implements Command {}

  /** The upstream has other settings. */
  record SettingsChanged() implements Command {}

  private record Passed(Backend backend) implements Command {}

  private record Resolved(ServerNames.Answers answers) implements Command {}

  private enum Clock implements Command {
    SLOW_START,
    NAMES
  }

  private static final Logger LOG = LoggerFactory.getLogger(RoutingActor.class);

  /**
   * The JVM keeps what it is told of a name for half a minute, and that there is none for ten
   * seconds.
   */
  private static final Duration NAMES_AGAIN = Duration.ofSeconds(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Upstream upstream;
  private final BackendRegistry backends;
  private final String zone;
  private final Supplier<ClusterSnapshot> cluster;
  private final SlowStart slowStart = new SlowStart();
  private final ServerNames names = new ServerNames(ServerNames::resolve);
  private final AtomicInteger turns = new AtomicInteger();
  private List<ServerState> servers = List.of();
  private KeyRing keys = KeyRing.EMPTY;
  private CookieCodec cookies;
  private boolean published;
  private boolean ticking;
  private boolean asking;

  /** Those that the checks of the last snapshot called suspect or dead. */
  private final Set<Backend> failing = new LinkedHashSet<>();

  /** Those of the last snapshot. */
  private final Set<Backend> ejected = new LinkedHashSet<>();

  /** Those whose ejection is over, until a request has gone well. */
  private final Set<Backend> onTrial = new LinkedHashSet<>();

  private RoutingActor(
      ActorContext<Command> context,
      Upstream upstream,
      BackendRegistry backends,
      String zone,
      Supplier<ClusterSnapshot> cluster) {
    super(context);
    this.upstream = upstream;
    this.backends = backends;
    this.zone = zone;
    this.cluster = cluster;
    this.cookies = new CookieCodec(keys, upstream.settings().name());
    watchTrials();
  }

  private void watchTrials() {
    ActorRef<Command> self = getContext().getSelf();
    OutlierDetector outliers = upstream.outliers();
    outliers.onPassed(backend -> self.tell(new Passed(backend)));
    // A new detector knows of no trial; one that knows begins it again.
    onTrial.forEach(backend -> outliers.of(backend).beginTrial());
  }

  /**
   * Starts anew when it fails; what it has published goes on being served.
   *
   * @param zone the node's, or empty
   * @param cluster the newest snapshot, for when it starts anew; it is told of all others
   */
  static Behavior<Command> create(
      Upstream upstream, BackendRegistry backends, String zone, Supplier<ClusterSnapshot> cluster) {
    Behavior<Command> actor =
        Behaviors.setup(context -> new RoutingActor(context, upstream, backends, zone, cluster));
    return Behaviors.supervise(actor)
        .onFailure(SupervisorStrategy.restartWithBackoff(FIRST_PAUSE, LONGEST_PAUSE, 0.2));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::onCommand)
        .onSignal(
            PreRestart.class,
            failure -> {
              LOG.error(
                  "what routes to upstream {} has failed and starts anew; requests go by what it knew",
                  upstream.settings().name());
              getContext().getSelf().tell(new ClusterChanged(cluster.get()));
              return this;
            })
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case ClusterChanged(ClusterSnapshot snapshot) -> onSnapshot(snapshot);
      case SettingsChanged() -> {
        watchTrials();
        if (published) {
          publish();
        }
      }
      case Passed(Backend backend) -> {
        if (onTrial.remove(backend)) {
          publish();
        }
      }
      case Clock.SLOW_START -> {
        ticking = false;
        publish();
      }
      case Clock.NAMES ->
          getContext()
              .pipeToSelf(
                  names.ask(),
                  (answers, failure) ->
                      new Resolved(failure == null ? answers : new ServerNames.Answers(Map.of())));
      case Resolved(ServerNames.Answers answers) -> {
        asking = false;
        if (names.hear(answers)) {
          publish();
        }
        askAgain();
      }
    }
    return this;
  }

  private void onSnapshot(ClusterSnapshot snapshot) {
    List<ServerState> newest = snapshot.servers().get(upstream.settings().name());
    if (newest == null) {
      // The cluster has not heard of the upstream yet.
      return;
    }
    if (!published || !newest.equals(servers) || !snapshot.keys().equals(keys)) {
      servers = newest;
      if (!snapshot.keys().equals(keys)) {
        keys = snapshot.keys();
        cookies = new CookieCodec(keys, upstream.settings().name());
      }
      published = true;
      slowStart.update(servers, System.nanoTime());
      names.keep(servers.stream().map(s -> s.server().address()).collect(Collectors.toSet()));
      publish();
      askAgain();
    }
    for (ServerState state : servers) {
      backends
          .get(state.server())
          .setElsewhere(snapshot.elsewhere().getOrDefault(state.server().id().value(), 0));
    }
  }

  private void askAgain() {
    if (!asking && names.haveNames()) {
      asking = true;
      getContext().scheduleOnce(NAMES_AGAIN, getContext().getSelf(), Clock.NAMES);
    }
  }

  private void publish() {
    upstream.publish(build(System.nanoTime()));
    slowStart
        .nextStep()
        .filter(step -> !ticking)
        .ifPresent(
            step -> {
              ticking = true;
              getContext()
                  .scheduleOnce(Duration.ofNanos(step), getContext().getSelf(), Clock.SLOW_START);
            });
  }

  private RoutingSnapshot build(long nanos) {
    Map<Long, Backend> bound = new HashMap<>();
    List<Backend> suspects = new ArrayList<>();
    List<HostStatus> statuses = new ArrayList<>();
    Map<Backend, Addresses> addresses = new HashMap<>();
    Map<String, Backend> named = new HashMap<>();
    int prefix = upstream.settings().name().length() + 1;
    for (ServerState state : servers) {
      Backend backend = backends.get(state.server());
      named.put(backend.id().value().substring(prefix), backend);
      if (state.adminState() == AdminState.DOWN) {
        forget(backend);
        continue;
      }
      // Resolving may block, which this actor's dispatcher is made for and a loop is not.
      addresses.put(backend, names.of(state.server().address()));
      boolean healthy = state.health() == Health.UP;
      boolean wanted = state.adminState() == AdminState.UP;
      if (state.health() != Health.DEAD) {
        bound.put(backend.hash(), backend);
      }
      if (state.health() == Health.SUSPECT) {
        suspects.add(backend);
      }
      forgetIfChanged(backend, healthy);
      statuses.add(
          new HostStatus(
              backend,
              wanted,
              state.health(),
              isInDoubt(backend, wanted && healthy, state.ejection().isPresent()),
              slowStart.warmth(state.server(), nanos)));
    }
    failing.retainAll(named.values());
    ejected.retainAll(named.values());
    onTrial.retainAll(named.values());
    upstream.outliers().keep(named.values());
    Balancing balancing = upstream.settings().balancing();
    HostSet hosts = HostSet.of(statuses, zone, balancing.panicThreshold());
    hosts.open().forEach(backend -> bound.put(backend.hash(), backend));
    if (statuses.stream().noneMatch(s -> s.enabled() && s.health() == Health.UP)) {
      // There is nowhere to go that would be better.
      addresses.keySet().forEach(backend -> bound.put(backend.hash(), backend));
    }
    return new RoutingSnapshot(
        Map.copyOf(bound),
        List.copyOf(suspects),
        hosts.open(),
        hosts.overflow(),
        onTrial.stream()
            .filter(server -> !hosts.open().contains(server))
            .map(upstream.outliers()::of)
            .toList(),
        hosts.priorities(),
        hosts.selector(balancing.method(), turns, () -> ThreadLocalRandom.current().nextLong()),
        Map.copyOf(addresses),
        Map.copyOf(named),
        cookies);
  }

  /** Forgets how a server answered before the checks' last verdict. */
  private void forgetIfChanged(Backend backend, boolean healthy) {
    if (healthy && failing.remove(backend)) {
      upstream.outliers().of(backend).beginAnew();
    } else if (!healthy && failing.add(backend)) {
      backend.takeAnswered();
    }
  }

  private boolean isInDoubt(Backend backend, boolean isUp, boolean isEjected) {
    if (!isUp) {
      forget(backend);
    } else if (isEjected) {
      forget(backend);
      ejected.add(backend);
    } else if (ejected.remove(backend)) {
      upstream.outliers().of(backend).beginTrial();
      onTrial.add(backend);
    }
    return isEjected || onTrial.contains(backend);
  }

  /** It has no trial, or none any more: the checks, or an operator, say when it is back. */
  private void forget(Backend backend) {
    ejected.remove(backend);
    if (onTrial.remove(backend)) {
      upstream.outliers().of(backend).endTrial();
    }
  }
}
