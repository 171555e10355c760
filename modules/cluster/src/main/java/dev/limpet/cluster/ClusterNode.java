package dev.limpet.cluster;

import akka.actor.ActorRef;
import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ddata.Key;
import akka.cluster.ddata.Replicator;
import akka.cluster.ddata.ReplicatorSettings;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.BackendId;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.ClusterState;
import dev.limpet.model.HostPort;
import dev.limpet.model.SessionTable;
import dev.limpet.model.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** This node's part of the cluster. Safe for threads. */
public final class ClusterNode implements ClusterState {

  /** Every node's actor system has this name: it is part of the nodes' addresses. */
  public static final String SYSTEM_NAME = "limpet";

  private final SharedSessions sessions;
  private final akka.actor.typed.ActorRef<StateActor.Command> state;
  private final List<Consumer<ClusterSnapshot>> listeners = new ArrayList<>();
  private ClusterSnapshot snapshot = ClusterView.EMPTY.snapshot();

  private ClusterNode(ActorSystem<?> system, Settings settings) {
    HybridClock clock = new HybridClock(System::currentTimeMillis);
    List<ActorRef> replicators = new ArrayList<>();
    for (int i = 0; i < Buckets.REPLICATORS; i++) {
      replicators.add(replicator(system, i));
    }
    sessions = new SharedSessions(replicators, clock);
    for (int i = 0; i < Buckets.REPLICATORS; i++) {
      watchBuckets(system, replicators.get(i), i);
    }
    state =
        system.systemActorOf(
            StateActor.create(settings, clock, sessions, this::publish), "limpet-cluster", Props.empty());
    HostPort bind = settings.cluster().bind();
    List<HostPort> peers = settings.cluster().peers();
    system.systemActorOf(
        Formation.create(bind, peers.isEmpty() ? List.of(bind) : peers),
        Formation.NAME,
        Props.empty());
  }

  /** Joins the cluster that the settings name. */
  public static ClusterNode start(ActorSystem<?> system, Settings settings) {
    return new ClusterNode(system, settings);
  }

  /** What the node's actor system, which must be named {@link #SYSTEM_NAME}, needs for the cluster. */
  public static Config akkaConfig(Settings settings) {
    HostPort bind = settings.cluster().bind();
    return ConfigFactory.parseString(
            "akka.remote.artery.canonical { hostname = \"%s\", port = %d }"
                .formatted(bind.host(), bind.port()))
        .withFallback(ConfigFactory.parseResources(ClusterNode.class, "cluster.conf"));
  }

  @Override
  public synchronized ClusterSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public synchronized void subscribe(Consumer<ClusterSnapshot> listener) {
    listeners.add(listener);
    listener.accept(snapshot);
  }

  @Override
  public SessionTable sessions() {
    return sessions;
  }

  @Override
  public void reportUnreachable(BackendId backend) {
    state.tell(new StateActor.Unreachable(backend));
  }

  /** How many sessions the table of this node holds. */
  public int sessionCount() {
    return sessions.size();
  }

  /** How often no majority answered when a session was moved. */
  public long quorumFailures() {
    return sessions.quorumFailures();
  }

  private synchronized void publish(ClusterSnapshot newest) {
    snapshot = newest;
    listeners.forEach(listener -> listener.accept(newest));
  }

  private static ActorRef replicator(ActorSystem<?> system, int index) {
    ReplicatorSettings settings = ReplicatorSettings.apply(Adapter.toClassic(system));
    return ((ExtendedActorSystem) Adapter.toClassic(system))
        .systemActorOf(Replicator.props(settings), "sessions-" + index);
  }

  private void watchBuckets(ActorSystem<?> system, ActorRef replicator, int index) {
    akka.actor.typed.ActorRef<Object> watcher =
        system.systemActorOf(
            Behaviors.receiveMessage(
                message -> {
                  if (message instanceof Replicator.Changed<?> changed
                      && changed.dataValue() instanceof SessionBucket bucket) {
                    sessions.publish(Buckets.numberOf(changed.key()), bucket);
                  }
                  return Behaviors.same();
                }),
            "session-view-" + index,
            Props.empty());
    Key<SessionBucket> all = new Buckets.BucketKey(Buckets.PREFIX + "*");
    replicator.tell(
        new Replicator.Subscribe<>(all, Adapter.toClassic(watcher)), ActorRef.noSender());
  }
}
