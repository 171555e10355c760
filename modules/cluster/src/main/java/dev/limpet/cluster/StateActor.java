package dev.limpet.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.ddata.Key;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.SelfUniqueAddress;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.AdminState;
import dev.limpet.model.BackendId;
import dev.limpet.model.Ejection;
import dev.limpet.model.Settings;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cluster's small states (membership, health, cookie keys) and publishes what they add up
 * to. Each is an LWWMap in which every key has one writer, so last-writer-wins never has to choose
 * between two writers.
 */
final class StateActor extends AbstractBehavior<StateActor.Command> {

  sealed interface Command {}

  /** This node, as an observer, has changed its mind about a server. */
  record Observed(BackendId backend, Verdict verdict) implements Command {}

  /** This node observes a server no more; what it last thought of it must not count again. */
  record Forgotten(BackendId backend) implements Command {}

  /** This node could not connect to a server. */
  record Unreachable(BackendId backend) implements Command {}

  /** This node has seen that a server should get no new clients for a time. */
  record Eject(BackendId backend, Ejection.Cause cause, String detail) implements Command {}

  /**
   * An operator wants a server in this state.
   *
   * @param replyTo told whether a majority of the nodes knows it; the others hear of it in any case
   */
  record SetState(BackendId backend, AdminState wanted, ActorRef<Boolean> replyTo)
      implements Command {}

  private record OrderWritten(
      Replicator.UpdateResponse<LWWMap<String, String>> response, ActorRef<Boolean> replyTo)
      implements Command {}

  /** This node's settings are others now; as far as they matter here. */
  record SettingsChanged(Settings settings) implements Command {}

  private enum Clock implements Command {
    DRAIN_DEADLINE,
    EJECTION_OVER
  }

  private record MapChanged(Replicator.SubscribeResponse<LWWMap<String, String>> change)
      implements Command {}

  private record MapUpdated(Replicator.UpdateResponse<LWWMap<String, String>> response)
      implements Command {}

  private record MembersChanged() implements Command {}

  /**
   * What is missing until this node holds the session table together with a majority.
   *
   * @param missing in an operator's words; empty when nothing is
   */
  record SessionsWaitFor(String missing) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(StateActor.class);
  private static final Key<LWWMap<String, String>> SERVERS = LWWMapKey.create("servers");
  private static final Key<LWWMap<String, String>> HEALTH = LWWMapKey.create("health");
  private static final Key<LWWMap<String, String>> KEYS = LWWMapKey.create("cookie-keys");
  private static final Key<LWWMap<String, String>> ORDERS = LWWMapKey.create("orders");
  private static final Key<LWWMap<String, String>> EJECTIONS = LWWMapKey.create("ejections");
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(1);

  /** At the most one call for help a second and server, however many requests fail. */
  private static final long ALARM_NANOS = 1_000_000_000L;

  private final Cluster cluster;
  private final SelfUniqueAddress self;
  private final ClusterClock clock;
  private final Consumer<ClusterView> publish;
  private final ActorRef<HealthMonitor.Command> monitor;
  private final ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator;
  private final Map<String, Map<String, String>> maps = new HashMap<>();
  private final Map<BackendId, Long> alarms = new HashMap<>();
  private Settings settings;
  private Declaration declaration;
  private boolean declared;
  private boolean keyMade;
  private final Set<String> shared = new HashSet<>();
  private String sessionsWaitFor = "the session table from the other nodes";
  private ClusterView view;

  private StateActor(
      ActorContext<Command> context,
      ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator,
      Settings settings,
      ClusterClock clock,
      ClusterView before,
      Consumer<ClusterView> publish) {
    super(context);
    this.settings = settings;
    this.cluster = Cluster.get(context.getSystem());
    this.self = DistributedData.get(context.getSystem()).selfUniqueAddress();
    this.clock = clock;
    this.view = before;
    this.publish = publish;
    this.declaration = Declaration.of(settings, clock.next());
    this.replicator = replicator;
    this.monitor = context.spawn(HealthMonitor.create(context.getSelf()), "health");
    for (Key<LWWMap<String, String>> key : List.of(SERVERS, HEALTH, KEYS, ORDERS, EJECTIONS)) {
      maps.put(key.id(), Map.of());
      replicator.subscribe(key, MapChanged::new);
    }
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(
            ClusterEvent.ClusterDomainEvent.class, event -> new MembersChanged());
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
  }

  /**
   * @param before what was last known, if this node was in a cluster before
   * @param publish told of every change, in order
   */
  static Behavior<Command> create(
      Settings settings, ClusterClock clock, ClusterView before, Consumer<ClusterView> publish) {
    return Behaviors.setup(
        context ->
            DistributedData.withReplicatorMessageAdapter(
                (ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator) ->
                    new StateActor(context, replicator, settings, clock, before, publish)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Observed.class, this::onObserved)
        .onMessage(Forgotten.class, this::onForgotten)
        .onMessage(Unreachable.class, this::onUnreachable)
        .onMessage(Eject.class, this::onEject)
        .onMessage(MapChanged.class, this::onMapChanged)
        .onMessage(MapUpdated.class, this::onMapUpdated)
        .onMessage(SetState.class, this::onSetState)
        .onMessage(OrderWritten.class, this::onOrderWritten)
        .onMessage(SettingsChanged.class, this::onSettingsChanged)
        .onMessageEquals(Clock.DRAIN_DEADLINE, this::refresh)
        .onMessageEquals(Clock.EJECTION_OVER, this::refresh)
        .onMessage(MembersChanged.class, event -> refresh())
        .onMessage(
            SessionsWaitFor.class,
            event -> {
              sessionsWaitFor = event.missing();
              return refresh();
            })
        .build();
  }

  private Behavior<Command> onSettingsChanged(SettingsChanged changed) {
    settings = changed.settings();
    declaration = Declaration.of(settings, clock.next());
    declared = false;
    awaitDeadlines();
    return refresh();
  }

  private Behavior<Command> onObserved(Observed observed) {
    update(
        HEALTH,
        true,
        map ->
            map.put(
                self,
                ClusterView.verdictKey(observed.backend().value(), selfAddress()),
                observed.verdict().encode()));
    return this;
  }

  private Behavior<Command> onForgotten(Forgotten forgotten) {
    String key = ClusterView.verdictKey(forgotten.backend().value(), selfAddress());
    update(HEALTH, false, map -> map.remove(self, key));
    return this;
  }

  private Behavior<Command> onUnreachable(Unreachable unreachable) {
    long now = System.nanoTime();
    Long last = alarms.get(unreachable.backend());
    if (last != null && now - last < ALARM_NANOS) {
      return this;
    }
    alarms.put(unreachable.backend(), now);
    monitor.tell(new HealthMonitor.ProbeNow(unreachable.backend()));
    // The observers at other nodes see this change and probe, too.
    update(
        HEALTH,
        true,
        map ->
            map.put(
                self,
                ClusterView.alarmKey(unreachable.backend().value(), selfAddress()),
                Long.toString(clock.next())));
    return this;
  }

  private Behavior<Command> onEject(Eject eject) {
    view.upstreamOf(eject.backend())
        .map(settings.upstreams()::get)
        .filter(upstream -> upstream.passive().enabled())
        .flatMap(
            upstream ->
                Ejections.begin(
                    eject.backend(),
                    eject.cause(),
                    eject.detail(),
                    view.snapshot().servers().getOrDefault(upstream.name(), List.of()),
                    Ejections.last(map(EJECTIONS)),
                    upstream.passive(),
                    clock.millis()))
        .ifPresent(ejection -> putEjection(eject.backend().value(), ejection));
    return this;
  }

  private void putEjection(String backend, Ejection ejection) {
    String key = Ejections.key(backend, selfAddress());
    update(EJECTIONS, true, map -> map.put(self, key, Ejections.encode(ejection)));
  }

  private void awaitReturns(Map<String, String> ejections) {
    for (long left : Ejections.returns(ejections, clock.millis())) {
      getContext()
          .scheduleOnce(
              Duration.ofMillis(left + 1), getContext().getSelf(), Clock.EJECTION_OVER);
    }
  }

  private Behavior<Command> onSetState(SetState order) {
    String text = new Order(order.wanted(), clock.millis()).encode();
    replicator.askUpdate(
        replyTo ->
            new Replicator.Update<>(
                ORDERS,
                LWWMap.create(),
                new Replicator.WriteMajority(WRITE_TIMEOUT),
                replyTo,
                map -> map.put(self, order.backend().value(), text)),
        response -> new OrderWritten(response, order.replyTo()));
    return this;
  }

  private Behavior<Command> onOrderWritten(OrderWritten written) {
    written
        .replyTo()
        .tell(written.response() instanceof Replicator.UpdateSuccess<LWWMap<String, String>>);
    return this;
  }

  private Behavior<Command> onMapChanged(MapChanged changed) {
    if (changed.change() instanceof Replicator.Changed<LWWMap<String, String>> change) {
      Map<String, String> before = maps.getOrDefault(change.key().id(), Map.of());
      Map<String, String> now = Map.copyOf(change.dataValue().getEntries());
      maps.put(change.key().id(), now);
      if (change.key().id().equals(HEALTH.id())) {
        answerAlarms(before, now);
      } else if (change.key().id().equals(ORDERS.id())) {
        awaitDeadlines();
      } else if (change.key().id().equals(EJECTIONS.id())) {
        awaitReturns(now);
      }
      return refresh();
    }
    return this;
  }

  private void awaitDeadlines() {
    for (Settings.Upstream upstream : settings.upstreams().values()) {
      Duration deadline = upstream.affinity().drainDeadline();
      if (!deadline.isZero()) {
        // One step later than the last order: looked at once too often, but never too late.
        getContext().scheduleOnce(deadline.plusMillis(1), getContext().getSelf(), Clock.DRAIN_DEADLINE);
      }
    }
  }

  private void answerAlarms(Map<String, String> before, Map<String, String> now) {
    now.forEach(
        (key, value) -> {
          String backend = ClusterView.alarmedBackend(key, before.get(key), value);
          if (backend != null) {
            view.server(backend)
                .ifPresent(server -> monitor.tell(new HealthMonitor.ProbeNow(server.id())));
          }
        });
  }

  private Behavior<Command> onMapUpdated(MapUpdated updated) {
    // A write that has not reached a majority in time is on its way by gossip.
    LOG.debug("replicator: {}", updated.response());
    return this;
  }

  private Behavior<Command> refresh() {
    boolean up = cluster.selfMember().status().equals(MemberStatus.up());
    if (up) {
      declareOnce();
      shareKeys();
      makeKeyIfOldest();
      tidyUp();
    }
    ClusterView newest =
        ClusterView.of(
            cluster.state(),
            cluster.selfMember(),
            settings,
            declaration,
            new ClusterView.Replicated(map(SERVERS), map(HEALTH), map(KEYS), map(ORDERS), map(EJECTIONS)),
            view,
            sessionsWaitFor,
            clock.millis());
    newest.changesSince(view).forEach(LOG::info);
    boolean changed = !newest.equals(view);
    view = newest;
    if (changed) {
      monitor.tell(new HealthMonitor.Observe(view.observed()));
      publish.accept(view);
      Ejections.overtaken(map(EJECTIONS), selfAddress(), view::isDown, clock.millis())
          .forEach(this::putEjection);
    }
    return this;
  }

  private void declareOnce() {
    if (!declared) {
      declared = true;
      String json = declaration.toJson();
      update(SERVERS, false, map -> map.put(self, selfAddress(), json));
    }
  }

  /** Keys that this node has from a time when it was in the cluster before. */
  private void shareKeys() {
    view.keys()
        .forEach(
            (name, key) -> {
              if (!map(KEYS).containsKey(name) && shared.add(name)) {
                update(KEYS, false, map -> map.put(self, name, key));
              }
            });
  }

  /** What nodes that are gone for good have said is nobody's any more. */
  private void tidyUp() {
    if (!isOldest()) {
      return;
    }
    Set<String> members = new HashSet<>();
    cluster
        .state()
        .getMembers()
        .forEach(member -> members.add(member.uniqueAddress().toString()));
    map(SERVERS).keySet().stream()
        .filter(node -> !members.contains(node))
        .forEach(gone -> update(SERVERS, false, map -> map.remove(self, gone)));
    map(HEALTH).keySet().stream()
        .filter(key -> !members.contains(ClusterView.nodeOf(key)))
        .forEach(gone -> update(HEALTH, false, map -> map.remove(self, gone)));
    map(EJECTIONS).keySet().stream()
        .filter(key -> !members.contains(ClusterView.nodeOf(key)))
        .forEach(gone -> update(EJECTIONS, false, map -> map.remove(self, gone)));
  }

  private void makeKeyIfOldest() {
    // A node that has just joined may not have heard of the key yet, but it is not the oldest.
    if (keyMade || !map(KEYS).isEmpty() || !view.keys().isEmpty() || !isOldest()) {
      return;
    }
    keyMade = true;
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    String name = "%016x-%s".formatted(clock.next(), UUID.randomUUID());
    update(KEYS, false, map -> map.put(self, name, HexFormat.of().formatHex(key)));
    LOG.warn(
        "made a key that signs session cookies; it lives in the cluster's memory, so when all nodes"
            + " stop at one time, clients get new cookies");
  }

  private boolean isOldest() {
    for (Member member : cluster.state().getMembers()) {
      boolean counts =
          member.status().equals(MemberStatus.up()) || member.status().equals(MemberStatus.leaving());
      if (counts && member.isOlderThan(cluster.selfMember())) {
        return false;
      }
    }
    return true;
  }

  private Map<String, String> map(Key<LWWMap<String, String>> key) {
    return maps.getOrDefault(key.id(), Map.of());
  }

  private String selfAddress() {
    return cluster.selfMember().uniqueAddress().toString();
  }

  private void update(
      Key<LWWMap<String, String>> key,
      boolean atAllNodes,
      UnaryOperator<LWWMap<String, String>> change) {
    Replicator.WriteConsistency consistency =
        atAllNodes ? new Replicator.WriteAll(WRITE_TIMEOUT) : Replicator.writeLocal();
    replicator.askUpdate(
        replyTo ->
            new Replicator.Update<>(key, LWWMap.create(), consistency, replyTo, change),
        MapUpdated::new);
  }
}
