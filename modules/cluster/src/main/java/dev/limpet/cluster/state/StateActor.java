package dev.limpet.cluster.state;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.discovery.DnsMonitor;
import dev.limpet.cluster.health.HealthMonitor;
import dev.limpet.cluster.health.Verdict;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.cluster.state.ReplicatedMaps.Name;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.AdminState;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cluster's small states (membership, health, cookie keys) and publishes what they add up
 * to.
 */
public final class StateActor extends AbstractBehavior<StateActor.Command> {

  public sealed interface Command {}

  private record HealthEvent(HealthMonitor.Event event) implements Command {}

  private record DnsEvent(DnsMonitor.Discovered discovered) implements Command {}

  /** This node could not connect to a server. */
  public record Unreachable(ServerId backend) implements Command {}

  /** This node has seen that a server should get no new clients for a time. */
  public record Eject(ServerId backend, Ejection.Cause cause, String detail) implements Command {}

  /** Requests of clients were answered at these servers, which are suspect. */
  public record Answered(Set<ServerId> servers) implements Command {}

  /** How many requests of this node last at each server. */
  public record Load(Map<ServerId, Integer> lasting) implements Command {}

  /**
   * An operator wants a server in this state.
   *
   * @param replyTo told whether a majority of the nodes knows it; the others hear of it in any case
   */
  public record SetState(ServerId backend, AdminState wanted, ActorRef<Boolean> replyTo)
      implements Command {}

  private record OrderWritten(
      Replicator.UpdateResponse<LWWMap<String, String>> response, ActorRef<Boolean> replyTo)
      implements Command {}

  /** This node's settings are others now; as far as they matter here. */
  public record SettingsChanged(Settings settings) implements Command {}

  /** What outlives the actor, which starts anew when it fails. */
  public interface Home {

    Settings settings();

    /** What was published last. */
    ClusterView view();

    /** As {@link SessionsWaitFor} said last. */
    String sessionsWaitFor();

    /** Whether this node is about to stop: that others do so, too, is no cause for alarm. */
    boolean isLeaving();

    /** Another one for each start of the node, not of the actor. */
    Majority majority();

    /** Takes every change, in order. */
    void publish(ClusterView newest);

    /** Hears of what others have written and cannot be read. */
    void refuseValue(String what);
  }

  private enum Clock implements Command {
    /** There was no majority of the nodes when it was last looked at. */
    MAJORITY,
    /** Time alone changes what the cluster looks like: an ejection or a drain is over. */
    LATER,
    /** Whether keys change is looked at. */
    KEYS
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
  public record SessionsWaitFor(String missing) implements Command {}

  /** So many nodes refuse connections. */
  private record Refused(int count) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(StateActor.class);

  /** At the most one call for help a second and server, however many requests fail. */
  private static final long ALARM_NANOS = 1_000_000_000L;

  /** How often it is looked at while there is none. */
  private static final Duration MAJORITY_AGAIN = Duration.ofSeconds(1);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private static final Duration KEYS_TICK = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final ClusterClock clock;
  private final Home home;
  private final TimerScheduler<Command> timers;
  private final ActorRef<HealthMonitor.Command> monitor;
  private final ActorRef<DnsMonitor.Command> dns;
  private final ReplicatedMaps<Command> maps;
  private final KeyRotation cookieKeys;
  private final KeyRotation ticketKeys;
  private final Map<ServerId, Long> alarms = new HashMap<>();
  private Settings settings;
  private DnsMonitor.Discovered discovered = new DnsMonitor.Discovered(false, List.of());
  private Declaration declaration;
  private boolean declared;
  private long keysChangeAt;
  private String sessionsWaitFor;
  private ClusterView view;
  private Set<String> differences = Set.of();

  private StateActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator,
      Home home,
      ClusterClock clock) {
    super(context);
    this.home = home;
    this.timers = timers;
    this.settings = home.settings();
    this.sessionsWaitFor = home.sessionsWaitFor();
    this.cluster = Cluster.get(context.getSystem());
    this.clock = clock;
    this.view = home.view();
    this.declaration = Declaration.of(settings, discovered.servers(), clock.next());
    this.cookieKeys = new KeyRotation(Name.COOKIE_KEYS, "signs session cookies", clock);
    this.ticketKeys = new KeyRotation(Name.TICKET_KEYS, "seals TLS session tickets", clock);
    this.maps =
        new ReplicatedMaps<>(
            replicator,
            DistributedData.get(context.getSystem()).selfUniqueAddress(),
            clock::next,
            MapChanged::new,
            MapUpdated::new,
            home::refuseValue);
    this.monitor =
        context.spawn(
            HealthMonitor.create(
                context.messageAdapter(HealthMonitor.Event.class, HealthEvent::new)),
            "health");
    this.dns =
        context.spawn(
            DnsMonitor.create(context.messageAdapter(DnsMonitor.Discovered.class, DnsEvent::new)),
            "dns");
    // They know only what they were told by this actor: it fails with them, and all start anew.
    context.watch(monitor);
    context.watch(dns);
    dns.tell(new DnsMonitor.Follow(settings));
    timers.startTimerWithFixedDelay(Clock.KEYS, KEYS_TICK);
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(
            ClusterEvent.ClusterDomainEvent.class, event -> new MembersChanged());
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
    awaitMajority();
  }

  /** Starts anew when it fails; until it has, the node is not ready. */
  public static Behavior<Command> create(Home home, ClusterClock clock) {
    Behavior<Command> actor =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        DistributedData.withReplicatorMessageAdapter(
                            (ReplicatorMessageAdapter<Command, LWWMap<String, String>>
                                    replicator) ->
                                new StateActor(context, timers, replicator, home, clock))));
    return Behaviors.supervise(actor)
        .onFailure(SupervisorStrategy.restartWithBackoff(FIRST_PAUSE, LONGEST_PAUSE, 0.2));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(HealthEvent.class, this::onHealthEvent)
        .onMessage(Unreachable.class, this::onUnreachable)
        .onMessage(Eject.class, this::onEject)
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Load.class, this::onLoad)
        .onMessage(MapChanged.class, this::onMapChanged)
        .onMessage(MapUpdated.class, this::onMapUpdated)
        .onMessage(SetState.class, this::onSetState)
        .onMessage(OrderWritten.class, this::onOrderWritten)
        .onMessage(SettingsChanged.class, this::onSettingsChanged)
        .onMessage(DnsEvent.class, this::onDnsEvent)
        .onMessageEquals(Clock.LATER, this::refresh)
        .onMessageEquals(Clock.MAJORITY, this::onNoMajority)
        .onMessage(Refused.class, this::onRefused)
        .onMessageEquals(Clock.KEYS, this::onKeysTick)
        .onMessage(MembersChanged.class, event -> refresh())
        .onMessage(
            SessionsWaitFor.class,
            event -> {
              sessionsWaitFor = event.missing();
              awaitMajority();
              return refresh();
            })
        .onSignal(
            PreRestart.class,
            failure -> {
              home.publish(
                  home.view().waitingFor("the node's view of the cluster, which starts anew"));
              return this;
            })
        .build();
  }

  private Behavior<Command> onSettingsChanged(SettingsChanged changed) {
    settings = changed.settings();
    dns.tell(new DnsMonitor.Follow(settings));
    return declareAnew();
  }

  private Behavior<Command> onDnsEvent(DnsEvent event) {
    discovered = event.discovered();
    return declareAnew();
  }

  private Behavior<Command> declareAnew() {
    declaration = Declaration.of(settings, discovered.servers(), clock.next());
    declared = false;
    return refresh();
  }

  private Behavior<Command> onHealthEvent(HealthEvent event) {
    switch (event.event()) {
      case HealthMonitor.Observed(ServerId server, Verdict verdict) ->
          maps.putEverywhere(
              Name.HEALTH, ClusterView.verdictKey(server.value(), selfAddress()), verdict.encode());
      case HealthMonitor.Forgotten(ServerId server) ->
          maps.remove(Name.HEALTH, ClusterView.verdictKey(server.value(), selfAddress()));
    }
    return this;
  }

  private Behavior<Command> onUnreachable(Unreachable unreachable) {
    long now = System.nanoTime();
    alarms.values().removeIf(last -> now - last >= ALARM_NANOS);
    if (alarms.putIfAbsent(unreachable.backend(), now) != null) {
      return this;
    }
    monitor.tell(new HealthMonitor.ProbeNow(unreachable.backend()));
    // The observers at other nodes see this change and probe, too.
    maps.putEverywhere(
        Name.HEALTH,
        ClusterView.alarmKey(unreachable.backend().value(), selfAddress()),
        Long.toString(clock.next()));
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
                    Ejections.last(maps.get(Name.EJECTIONS)),
                    upstream.passive(),
                    clock.millis()))
        .ifPresent(ejection -> putEjection(eject.backend().value(), ejection));
    return this;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    String now = Long.toString(clock.next());
    for (ServerId server : answered.servers()) {
      maps.putEverywhere(Name.ANSWERS, ClusterView.answerKey(server.value(), selfAddress()), now);
    }
    return this;
  }

  private Behavior<Command> onLoad(Load load) {
    String text = Loads.encode(load.lasting());
    if (!text.equals(maps.get(Name.LOADS).getOrDefault(selfAddress(), ""))) {
      maps.put(Name.LOADS, selfAddress(), text);
    }
    return this;
  }

  private void putEjection(String backend, Ejection ejection) {
    maps.putEverywhere(
        Name.EJECTIONS, Ejections.key(backend, selfAddress()), Ejections.encode(ejection));
  }

  private void awaitMajority() {
    if (home.majority().isThere()) {
      timers.cancel(Clock.MAJORITY);
    } else if (!timers.isTimerActive(Clock.MAJORITY)) {
      timers.startTimerWithFixedDelay(Clock.MAJORITY, MAJORITY_AGAIN);
    }
  }

  private Behavior<Command> onNoMajority() {
    List<HostPort> others =
        settings.cluster().peers().stream()
            .filter(peer -> !peer.equals(settings.cluster().bind()))
            .toList();
    getContext()
        .pipeToSelf(
            Refusals.count(others), (count, failure) -> new Refused(failure == null ? count : 0));
    return this;
  }

  private Behavior<Command> onRefused(Refused refused) {
    int nodes = settings.cluster().peers().size();
    home.majority().isImpossible(nodes - refused.count() < nodes / 2 + 1);
    awaitMajority();
    return refresh();
  }

  private Behavior<Command> onSetState(SetState order) {
    String text = new AdminOverride(order.wanted(), clock.millis()).encode();
    maps.putAtMajority(
        Name.ORDERS,
        order.backend().value(),
        text,
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
    ReplicatedMaps.Change change = maps.hear(changed.change());
    if (change == null) {
      return this;
    }
    switch (change.name()) {
      case HEALTH -> answerAlarms(change.before(), change.now());
      case ANSWERS -> {
        monitor.tell(new HealthMonitor.Answered(answered(change.before(), change.now())));
        return this;
      }
      case SERVERS, COOKIE_KEYS, TICKET_KEYS, ORDERS, EJECTIONS, LOADS -> {}
    }
    return refresh();
  }

  private void awaitLater() {
    long now = clock.millis();
    LongStream.concat(Ejections.returns(maps.get(Name.EJECTIONS)), view.drainDeadlines(settings))
        .map(at -> at - now)
        .filter(left -> left > 0)
        .min()
        .ifPresent(
            left -> timers.startSingleTimer(Clock.LATER, Clock.LATER, Duration.ofMillis(left + 1)));
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

  private Set<ServerId> answered(Map<String, String> before, Map<String, String> now) {
    Set<ServerId> servers = new HashSet<>();
    now.forEach(
        (key, value) -> {
          if (!value.equals(before.get(key))) {
            view.server(ClusterView.backendOf(key)).map(Server::id).ifPresent(servers::add);
          }
        });
    return servers;
  }

  /** No timer of a day: the cluster's time is another node's once this one has joined. */
  private Behavior<Command> onKeysTick() {
    return clock.millis() < keysChangeAt ? this : refresh();
  }

  private void tendKeys() {
    boolean oldest = isOldest();
    boolean majority = view.snapshot().readiness().waitingFor().isEmpty();
    HeldKeys.Rules rules = ClusterView.cookieKeyRules(settings);
    cookieKeys.tend(maps, view.cookieKeys(), rules, oldest, majority);
    ticketKeys.tend(maps, view.ticketKeys(), ClusterView.TICKET_KEY_RULES, oldest, majority);
  }

  private long nextChangeOfKeys() {
    long now = clock.millis();
    HeldKeys.Rules rules = ClusterView.cookieKeyRules(settings);
    long next =
        Math.min(
            view.cookieKeys().changesAt(rules, now),
            view.ticketKeys().changesAt(ClusterView.TICKET_KEY_RULES, now));
    return isOldest()
        ? Math.min(
            next,
            Math.min(
                cookieKeys.makesAt(view.cookieKeys(), rules),
                ticketKeys.makesAt(view.ticketKeys(), ClusterView.TICKET_KEY_RULES)))
        : next;
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
      tendKeys();
      if (isOldest()) {
        maps.tidyUp(members());
      }
    }
    ClusterView newest =
        ClusterView.of(
            cluster.state(),
            cluster.selfMember(),
            settings,
            declaration,
            replicated(),
            view,
            sessionsWaitFor,
            home.majority().isGivenUp(settings.node().readyWithoutMajority(), System.nanoTime()),
            clock.millis());
    newest
        .changesSince(view, home.isLeaving())
        .forEach(change -> LOG.atLevel(change.level()).log("{}", change.text()));
    reportDegraded(view.snapshot().readiness(), newest.snapshot().readiness());
    if (!newest.declared().equals(view.declared())) {
      reportDifferences(newest.declared());
    }
    boolean changed = !newest.equals(view);
    view = newest;
    keysChangeAt = nextChangeOfKeys();
    if (changed) {
      monitor.tell(new HealthMonitor.Observe(view.observed(), view.dead()));
      home.publish(view);
    }
    // Always: an ejection of this node's may come back to it later than the verdict that ends it.
    Ejections.overtaken(maps.get(Name.EJECTIONS), selfAddress(), view::isUp, clock.millis())
        .forEach(this::putEjection);
    awaitLater();
    return this;
  }

  private void reportDegraded(ClusterSnapshot.Readiness before, ClusterSnapshot.Readiness now) {
    if (now.degraded() && !before.degraded() && !home.isLeaving()) {
      LOG.warn(
          "degraded: ready all the same, though waiting for {}: sessions that begin or move now may be"
              + " placed again when there is a majority",
          now.waitingFor());
    } else if (before.degraded() && !now.degraded()) {
      LOG.info("not degraded any more");
    }
  }

  private void reportDifferences(Map<String, Declaration> declared) {
    Set<String> now = Differences.of(declared, selfAddress(), settings);
    now.stream().filter(line -> !differences.contains(line)).forEach(LOG::warn);
    differences = now;
  }

  private void declareOnce() {
    // Before that, other nodes would think that this one knows of no servers, and it would be
    // ready.
    if (!declared && discovered.complete()) {
      declared = true;
      maps.put(Name.SERVERS, selfAddress(), declaration.toJson());
    }
  }

  private ClusterView.Replicated replicated() {
    return new ClusterView.Replicated(
        maps.get(Name.SERVERS),
        maps.get(Name.HEALTH),
        maps.get(Name.COOKIE_KEYS),
        maps.get(Name.TICKET_KEYS),
        maps.get(Name.ORDERS),
        maps.get(Name.EJECTIONS),
        maps.get(Name.LOADS));
  }

  private Set<String> members() {
    Set<String> members = new HashSet<>();
    cluster.state().getMembers().forEach(member -> members.add(member.uniqueAddress().toString()));
    return members;
  }

  private boolean isOldest() {
    for (Member member : cluster.state().getMembers()) {
      boolean counts =
          member.status().equals(MemberStatus.up())
              || member.status().equals(MemberStatus.leaving());
      if (counts && member.isOlderThan(cluster.selfMember())) {
        return false;
      }
    }
    return true;
  }

  private String selfAddress() {
    return cluster.selfMember().uniqueAddress().toString();
  }
}
