package dev.limpet.cluster;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.cluster.sessions.Replica;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.model.AdminState;
import dev.limpet.model.BackendId;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.ClusterState;
import dev.limpet.model.Ejection;
import dev.limpet.model.HostPort;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part of the cluster. Safe for threads.
 *
 * <p>A node that was cut off or frozen for long is no member any more, and Akka wants an actor system
 * that was removed from its cluster to end. The cluster therefore has an actor system of its own,
 * which is started anew when that happens; what the node knows outlives it, so requests go on being
 * served meanwhile.
 */
public final class ClusterNode implements ClusterState {

  /** Every node's actor system has this name: it is part of the nodes' addresses. */
  public static final String SYSTEM_NAME = "limpet";

  private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);

  /** Between attempts to start anew, should the port still be taken. */
  private static final Duration RESTART_PAUSE = Duration.ofSeconds(1);

  /** More than the actor takes for a majority that does not answer. */
  private static final Duration ORDER_TIMEOUT = Duration.ofSeconds(3);

  private final Config config;
  private final ClusterClock clock = new ClusterClock(System::currentTimeMillis, System::nanoTime);
  private final Sessions sessions;
  private final List<Consumer<ClusterSnapshot>> listeners = new ArrayList<>();
  private ClusterView view = ClusterView.EMPTY;
  private Settings settings;
  private boolean leaving;
  private ActorSystem<Void> system;
  private akka.actor.typed.ActorRef<StateActor.Command> state;

  private ClusterNode(Settings settings, Config config) {
    this.settings = settings;
    this.config = config;
    this.sessions = new Sessions(clock, settings.cluster().maxSessions());
    this.system = actorSystem();
    this.state = join();
  }

  /**
   * Joins the cluster that the settings name.
   *
   * @param config what else actor systems need, such as their logging
   */
  public static ClusterNode start(Settings settings, Config config) {
    return new ClusterNode(
        settings,
        config
            .withFallback(akkaConfig(settings))
            .withFallback(ConfigFactory.defaultReferenceUnresolved())
            .resolve());
  }

  @Override
  public synchronized ClusterSnapshot snapshot() {
    return view.snapshot();
  }

  @Override
  public synchronized void subscribe(Consumer<ClusterSnapshot> listener) {
    listeners.add(listener);
    listener.accept(view.snapshot());
  }

  @Override
  public Sessions sessions() {
    return sessions;
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
  public synchronized void reportUnreachable(BackendId backend) {
    state.tell(new StateActor.Unreachable(backend));
  }

  @Override
  public synchronized void reportLoad(Map<BackendId, Integer> lasting) {
    state.tell(new StateActor.Load(lasting));
  }

  @Override
  public synchronized void reportAnswered(Set<BackendId> servers) {
    state.tell(new StateActor.Answered(servers));
  }

  @Override
  public synchronized void eject(BackendId backend, Ejection.Cause cause, String detail) {
    state.tell(new StateActor.Eject(backend, cause, detail));
  }

  /**
   * Follows other settings: upstreams and their servers are what the cluster hears of. A server is
   * gone when no node's settings have it any more.
   */
  public synchronized void follow(Settings next) {
    settings = next;
    state.tell(new StateActor.SettingsChanged(next));
  }

  /**
   * Sets what an operator wants of a server, for the whole cluster.
   *
   * @return whether a majority of the nodes knows it; the others hear of it in any case
   */
  public synchronized CompletionStage<Boolean> setState(BackendId backend, AdminState wanted) {
    return AskPattern.ask(
        state,
        replyTo -> new StateActor.SetState(backend, wanted, replyTo),
        ORDER_TIMEOUT,
        system.scheduler());
  }

  /** The names of other nodes whose settings, or DNS, have this server; sorted. */
  public synchronized List<String> declaredElsewhere(BackendId backend) {
    return view.declaredElsewhere(backend, settings.node().name());
  }

  /** The end is near: what the other nodes do from now on is no cause for alarm. */
  public void prepareToLeave() {
    sessions.prepareToLeave();
  }

  /** Says goodbye to the other nodes; completes when this one is no member any more. */
  public synchronized CompletionStage<?> leave() {
    leaving = true;
    system.terminate();
    return system.getWhenTerminated();
  }

  private static Config akkaConfig(Settings settings) {
    HostPort bind = settings.cluster().bind();
    return ConfigFactory.parseString(
            "akka.remote.artery.canonical { hostname = \"%s\", port = %d }"
                .formatted(bind.host(), bind.port()))
        .withFallback(ConfigFactory.parseResources(ClusterNode.class, "cluster.conf"));
  }

  private ActorSystem<Void> actorSystem() {
    ActorSystem<Void> created = ActorSystem.create(Behaviors.empty(), SYSTEM_NAME, config);
    created.getWhenTerminated().thenRunAsync(this::onEnd);
    return created;
  }

  private akka.actor.typed.ActorRef<StateActor.Command> join() {
    HostPort bind = settings.cluster().bind();
    List<HostPort> peers = settings.cluster().peers();
    akka.actor.typed.ActorRef<StateActor.Command> started =
        system.systemActorOf(
            StateActor.create(settings, clock, view, this::publish),
            "limpet-cluster",
            Props.empty());
    system.systemActorOf(
        Replica.create(
            sessions, peers, missing -> started.tell(new StateActor.SessionsWaitFor(missing))),
        Replica.NAME,
        Props.empty());
    system.systemActorOf(Formation.create(bind, peers), Formation.NAME, Props.empty());
    return started;
  }

  private synchronized void onEnd() {
    if (leaving) {
      return;
    }
    try {
      system = actorSystem();
      state = join();
      LOG.warn("this node was removed from the cluster while it was cut off; it joins again");
    } catch (RuntimeException e) {
      LOG.warn("cannot join the cluster again yet: {}", e.getMessage());
      Executor later =
          CompletableFuture.delayedExecutor(RESTART_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      later.execute(this::onEnd);
    }
  }

  private synchronized void publish(ClusterView newest) {
    view = newest;
    listeners.forEach(listener -> listener.accept(newest.snapshot()));
  }
}
