package dev.limpet.cluster;

import akka.actor.PoisonPill;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.Config;
import dev.limpet.cluster.downing.Downing;
import dev.limpet.cluster.formation.Formation;
import dev.limpet.cluster.health.CheckCounts;
import dev.limpet.cluster.link.Link;
import dev.limpet.cluster.link.LinkActor;
import dev.limpet.cluster.port.Gate;
import dev.limpet.cluster.port.Watchman;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.cluster.sessions.Replica;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.cluster.state.ClusterView;
import dev.limpet.cluster.state.Majority;
import dev.limpet.cluster.state.StateActor;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.PeerLink;
import dev.limpet.model.state.ServerSource;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part of the cluster. Safe for threads.
 *
 * <p>A node that was cut off or frozen for long is no member any more, and Akka wants an actor
 * system that was removed from its cluster to end. The cluster therefore has an actor system of its
 * own, which is started anew when that happens; what the node knows outlives it, so requests go on
 * being served meanwhile.
 */
public final class ClusterNode implements ClusterState {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);

  /** Between attempts to start anew, should the port still be taken. */
  private static final Duration RESTART_PAUSE = Duration.ofSeconds(1);

  /** A life that ended before is followed by a pause, which grows. */
  private static final Duration SHORT_LIFE = Duration.ofSeconds(30);

  /** So long a node that votes waits for another one to vote in its place. */
  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** From joining the cluster to the end of the membership. */
  private record Life(
      ActorSystem<ActorRef<?>> system,
      ActorRef<StateActor.Command> state,
      ActorRef<Replica.Command> replica,
      long since) {}

  private final WayIn wayIn;
  private final ActorSystems systems;
  private final KubernetesFinder kubernetes;
  private final ClusterClock clock;
  private final Sessions sessions;
  private final Optional<Keeper> keeper;
  private final Publisher published;
  private volatile Settings settings;
  private volatile boolean settingsAreWhole;
  private final CheckCounts checks = new CheckCounts();
  private final Majority majority = new Majority(System.nanoTime());
  private volatile String sessionsWaitFor = "";

  /** Read on the request path: no lock is held there. */
  private volatile Life life;

  private final Link link;
  private boolean leaving;
  private Duration pause = RESTART_PAUSE;

  private ClusterNode(
      Settings settings,
      WayIn wayIn,
      ActorSystems systems,
      Optional<Path> data,
      KubernetesFinder kubernetes,
      ClusterClock clock) {
    this.settings = settings;
    this.wayIn = wayIn;
    this.systems = systems;
    this.kubernetes = kubernetes;
    this.clock = clock;
    this.sessions = new Sessions(clock, settings.cluster().maxSessions());
    this.link = new Link(wayIn.voters()::electorate, settings.cluster().expect());
    this.keeper = data.map(folder -> new Keeper(folder, sessions, wayIn.voters()));
    this.published =
        new Publisher(keeper.map(keeps -> keeps.begin(settings)).orElse(ClusterView.EMPTY));
    this.life = join();
    wayIn.voters().onChange(next -> life.state().tell(new StateActor.VotersChanged()));
  }

  /**
   * Joins the cluster that the settings name. The other nodes hear of this one's servers with the
   * first {@link #update}, when it is known what has been changed of them: before, a server that
   * was taken away would be back for a moment.
   *
   * @param config what else actor systems need, such as their logging
   * @param data a folder for what has to survive a stop of all nodes, which nobody else uses; empty
   *     where nothing is kept
   * @param kubernetes finds what the settings say is there
   * @throws UncheckedIOException names a file of {@code cluster.tls} and what is wrong with it, or
   *     a host that cannot be looked up
   */
  public static ClusterNode start(
      Settings settings, Config config, Optional<Path> data, KubernetesFinder kubernetes) {
    return start(
        settings,
        config,
        data,
        kubernetes,
        new ClusterClock(System::currentTimeMillis, System::nanoTime));
  }

  static ClusterNode start(
      Settings settings,
      Config config,
      Optional<Path> data,
      KubernetesFinder kubernetes,
      ClusterClock clock) {
    WayIn wayIn = WayIn.of(settings, kubernetes);
    return new ClusterNode(
        settings,
        wayIn,
        new ActorSystems(settings, wayIn.address(), config),
        data,
        kubernetes,
        clock);
  }

  @Override
  public ClusterSnapshot snapshot() {
    return published.view().snapshot();
  }

  @Override
  public void subscribe(Consumer<ClusterSnapshot> listener) {
    published.subscribe(listener);
  }

  @Override
  public Sessions sessions() {
    return sessions;
  }

  /** The gate of the cluster port, which counts what it has refused. */
  public Gate gate() {
    return systems.gate();
  }

  /** Counts the health checks that this node has made. */
  public CheckCounts checks() {
    return checks;
  }

  /** A way to send messages to the other nodes, whether this one is in the cluster or not. */
  public PeerLink link(Link.Kind kind) {
    return link.of(kind);
  }

  @Override
  public long millis() {
    return clock.millis();
  }

  @Override
  public boolean isOutdated() {
    return sessions.isOutdated();
  }

  @Override
  public void reportUnreachable(ServerId server) {
    life.state().tell(new StateActor.Unreachable(server));
  }

  @Override
  public void reportLoad(Map<ServerId, Integer> lasting) {
    life.state().tell(new StateActor.Load(lasting));
  }

  @Override
  public void reportAnswered(Set<ServerId> servers) {
    life.state().tell(new StateActor.Answered(servers));
  }

  @Override
  public void eject(ServerId server, Ejection.Cause cause, String detail) {
    life.state().tell(new StateActor.Eject(server, cause, detail));
  }

  /**
   * Follows other settings: upstreams and their servers are what the cluster hears of. A server is
   * gone when no node's settings have it any more.
   */
  public synchronized void update(Settings next) {
    settings = next;
    settingsAreWhole = true;
    life.state().tell(new StateActor.SettingsChanged(next));
  }

  /** The names of other nodes whose settings or discovery have this server; sorted. */
  public List<String> declaredElsewhere(ServerId server) {
    return published.view().declaredElsewhere(server, settings.node().name());
  }

  /** The end is near: what the other nodes do from now on is no cause for alarm. */
  public void prepareToLeave() {
    sessions.prepareToLeave();
  }

  /**
   * Says goodbye to the other nodes; completes when this one is no member any more, and what is
   * kept of it is on the disk.
   */
  public synchronized CompletionStage<?> leave() {
    leaving = true;
    Life last = life;
    CompletableFuture<Void> free = new CompletableFuture<>();
    last.replica().tell(new Replica.Leave(free));
    // An actor that has ended never answers.
    last.system().getWhenTerminated().thenRun(() -> free.complete(null));
    CompletionStage<?> left =
        free.completeOnTimeout(null, HAND_OVER.toMillis(), TimeUnit.MILLISECONDS)
            .thenCompose(
                nothing -> {
                  last.system().terminate();
                  return last.system().getWhenTerminated();
                });
    return keeper
        .<CompletionStage<?>>map(keeps -> left.thenCombine(keeps.close(), (gone, kept) -> gone))
        .orElse(left);
  }

  /** Ends one of the cluster's actors, as a fault in it might. */
  void end(String actor) {
    Adapter.toClassic(life.system())
        .actorSelection("/system/" + actor)
        .tell(PoisonPill.getInstance(), akka.actor.ActorRef.noSender());
  }

  private Life join() {
    ActorSystem<ActorRef<?>> system = systems.start();
    sessionsWaitFor = "the session table from the other nodes";
    ActorRef<StateActor.Command> state =
        ActorSystems.spawn(system, StateActor.create(new Home(), clock), "limpet-cluster");
    ActorRef<Replica.Command> replica =
        ActorSystems.spawn(
            system,
            Replica.create(
                sessions,
                wayIn.voters(),
                (missing, quorum) -> {
                  majority.is(quorum, System.nanoTime());
                  sessionsWaitFor = missing;
                  state.tell(new StateActor.SessionsWaitFor(missing));
                }),
            Replica.NAME);
    ActorRef<Formation.Command> formation =
        ActorSystems.spawn(
            system,
            wayIn.formation(clock::millis, voters -> replica.tell(new Replica.Founded(voters))),
            Formation.NAME);
    ActorSystems.spawn(
        system,
        Watchman.create(systems.gate(), node -> formation.tell(new Formation.Misled(node))),
        Watchman.NAME);
    ActorSystems.spawn(system, LinkActor.create(link), LinkActor.NAME);
    ActorSystems.spawn(system, Downing.create(wayIn.voters()::electorate), Downing.NAME);
    system.getWhenTerminated().thenRunAsync(this::onEnd);
    return new Life(system, state, replica, System.nanoTime());
  }

  private synchronized void onEnd() {
    if (leaving) {
      return;
    }
    boolean wasShort = System.nanoTime() - life.since() < SHORT_LIFE.toNanos();
    published.publish(published.view().waitingFor("joining the cluster again"));
    if (wasShort) {
      again();
    } else {
      pause = RESTART_PAUSE;
      joinAgain();
    }
  }

  private synchronized void joinAgain() {
    if (leaving) {
      return;
    }
    try {
      life = join();
      LOG.warn("this node is no member of the cluster any more; it joins again");
    } catch (RuntimeException e) {
      LOG.warn("cannot join the cluster again yet: {}", e.getMessage());
      again();
    }
  }

  private void again() {
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
        .execute(this::joinAgain);
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  /** The state that outlives the state actor, however often it has to start anew. */
  private final class Home implements StateActor.Home {

    @Override
    public Settings settings() {
      return settings;
    }

    @Override
    public boolean settingsAreWhole() {
      return settingsAreWhole;
    }

    @Override
    public ClusterView view() {
      return published.view();
    }

    @Override
    public String sessionsWaitFor() {
      return sessionsWaitFor;
    }

    @Override
    public boolean isLeaving() {
      return sessions.isLeaving();
    }

    @Override
    public Majority majority() {
      return majority;
    }

    @Override
    public VoterRoll voters() {
      return wayIn.voters();
    }

    @Override
    public Map<String, HostPort> lastSeen() {
      return wayIn.lastSeen();
    }

    @Override
    public void publish(ClusterView newest) {
      published.publish(newest);
      keeper.ifPresent(keeps -> keeps.hear(newest));
    }

    @Override
    public CheckCounts checks() {
      return checks;
    }

    @Override
    public ServerSource findInKubernetes(Discovery.Kubernetes where) {
      return kubernetes.servers(where);
    }

    @Override
    public void refuseValue(String what) {
      systems.gate().refuseValue(what);
    }
  }
}
