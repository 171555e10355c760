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
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.limpet.cluster.discovery.DiscoveryMonitor;
import dev.limpet.cluster.health.CheckCounts;
import dev.limpet.cluster.health.HealthMonitor;
import dev.limpet.cluster.health.Verdict;
import dev.limpet.cluster.replicated.ReplicatedMap;
import dev.limpet.cluster.replicated.ReplicatedMaps;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what the nodes agree on (membership, health, keys) and publishes what it adds up to. */
public final class StateActor extends AbstractBehavior<StateActor.Command> {

  public sealed interface Command {}

  /** This node could not connect to a server. */
  public record Unreachable(ServerId server) implements Command {}

  /** This node has seen that a server should get no new clients for a time. */
  public record Eject(ServerId server, Ejection.Cause cause, String detail) implements Command {}

  /** Requests of clients were answered at these servers, which are suspect. */
  public record Answered(Set<ServerId> servers) implements Command {}

  /** How many requests of this node last at each server. */
  public record Load(Map<ServerId, Integer> lasting) implements Command {}

  /** This node's settings are others now; as far as they matter here. */
  public record SettingsChanged(Settings settings) implements Command {}

  /**
   * Names what is missing until this node holds the session table together with a majority.
   *
   * @param missing in an operator's words; empty when nothing is
   */
  public record SessionsWaitFor(String missing) implements Command {}

  /** Others vote than before. */
  public record VotersChanged() implements Command {}

  /** The state that outlives the actor, which starts anew when it fails. */
  public interface Home {

    Settings settings();

    /** Whether it is known what has been changed of them at run time. */
    boolean settingsAreWhole();

    /** The view that was published last. */
    ClusterView view();

    /** As {@link SessionsWaitFor} said last. */
    String sessionsWaitFor();

    /** Whether this node is about to stop: that others do so, too, is no cause for alarm. */
    boolean isLeaving();

    /** Another one for each start of the node, not of the actor. */
    Majority majority();

    /** Who votes. */
    VoterRoll voters();

    /** Where nodes were last, by their ids; safe for threads. */
    Map<String, HostPort> lastSeen();

    /** Takes every change, in order. */
    void publish(ClusterView newest);

    /** Counts health checks. */
    CheckCounts checks();

    /** Opens a source of servers. */
    ServerSource findInKubernetes(Discovery.Kubernetes where);

    /** Hears of what others have written and cannot be read. */
    void refuseValue(String what);
  }

  private record HealthEvent(HealthMonitor.Event event) implements Command {}

  private record DiscoveryEvent(DiscoveryMonitor.Discovered discovered) implements Command {}

  private record MapChanged(Replicator.SubscribeResponse<LWWMap<String, String>> change)
      implements Command {}

  private record MapUpdated(Replicator.UpdateResponse<LWWMap<String, String>> response)
      implements Command {}

  private record MembersChanged() implements Command {}

  private record MajorityChanged() implements Command {}

  private enum Clock implements Command {
    /** Time alone changes what the cluster looks like: an ejection or a drain is over. */
    LATER,
    /** Whether keys change is looked at, and which differences last. */
    KEYS
  }

  private static final Logger LOG = LoggerFactory.getLogger(StateActor.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private static final Duration KEYS_TICK = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final ClusterClock clock;
  private final Home home;
  private final TimerScheduler<Command> timers;
  private final ActorRef<HealthMonitor.Command> monitor;
  private final ActorRef<DiscoveryMonitor.Command> discovery;
  private final ActorRef<MajorityMonitor.Command> majority;
  private final ReplicatedMaps<Command> maps;
  private final OwnReports reports;
  private final List<KeyRotation> keys;
  private final ChangeLog changeLog = new ChangeLog();
  private Settings settings;
  private DiscoveryMonitor.Discovered discovered =
      new DiscoveryMonitor.Discovered(false, List.of());
  private Declaration declaration;
  private long keysChangeAt;
  private String sessionsWaitFor;
  private ClusterView view;

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
    this.keys = List.of(KeyRotation.ofCookieKeys(clock), KeyRotation.ofTicketKeys(clock));
    this.maps =
        new ReplicatedMaps<>(
            StateMaps.ALL,
            replicator,
            DistributedData.get(context.getSystem()).selfUniqueAddress(),
            clock::next,
            MapChanged::new,
            MapUpdated::new,
            home::refuseValue);
    this.reports =
        new OwnReports(maps, Membership.now(cluster, home.voters().electorate()).self(), clock);
    this.monitor =
        context.spawn(
            HealthMonitor.create(
                home.checks(), context.messageAdapter(HealthMonitor.Event.class, HealthEvent::new)),
            "health");
    this.discovery =
        context.spawn(
            DiscoveryMonitor.create(
                home::findInKubernetes,
                context.messageAdapter(DiscoveryMonitor.Discovered.class, DiscoveryEvent::new)),
            "discovery");
    this.majority =
        context.spawn(
            MajorityMonitor.create(
                home.majority(),
                home.voters(),
                home.lastSeen(),
                context.messageAdapter(Majority.class, event -> new MajorityChanged())),
            "majority");
    // They know only what they were told by this actor: it fails with them, and all start anew.
    context.watch(monitor);
    context.watch(discovery);
    context.watch(majority);
    discovery.tell(new DiscoveryMonitor.Follow(settings));
    timers.startTimerWithFixedDelay(Clock.KEYS, KEYS_TICK);
    ActorRef<ClusterEvent.ClusterDomainEvent> members =
        context.messageAdapter(
            ClusterEvent.ClusterDomainEvent.class, event -> new MembersChanged());
    cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.ClusterDomainEvent.class));
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
        .onMessage(Command.class, this::onCommand)
        .onSignal(
            PreRestart.class,
            failure -> {
              home.publish(
                  home.view().waitingFor("the node's view of the cluster, which starts anew"));
              return this;
            })
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Unreachable(ServerId server) -> {
        if (reports.tryAlarm(server)) {
          monitor.tell(new HealthMonitor.ProbeNow(server));
        }
      }
      case Eject(ServerId server, Ejection.Cause cause, String detail) ->
          reports.eject(server, cause, detail, view, settings);
      case Answered(Set<ServerId> servers) -> reports.answered(servers);
      case Load(Map<ServerId, Integer> lasting) -> reports.load(lasting);
      case SettingsChanged changed -> {
        settings = changed.settings();
        discovery.tell(new DiscoveryMonitor.Follow(settings));
        declareAnew();
      }
      case VotersChanged changed -> refresh();
      case SessionsWaitFor(String missing) -> {
        sessionsWaitFor = missing;
        majority.tell(new MajorityMonitor.Look());
        refresh();
      }
      case HealthEvent(HealthMonitor.Observed(ServerId server, Verdict verdict)) ->
          reports.verdict(server, verdict);
      case HealthEvent(HealthMonitor.Forgotten(ServerId server)) -> reports.forgetVerdict(server);
      case DiscoveryEvent event -> {
        discovered = event.discovered();
        declareAnew();
      }
      case MapChanged changed -> onMapChanged(changed);
      case MapUpdated(Replicator.UpdateResponse<LWWMap<String, String>> response) ->
          // A write that has not reached a majority in time is on its way by gossip.
          LOG.debug("replicator: {}", response);
      case MembersChanged changed -> {
        Membership.note(cluster, home.voters().electorate().isFixed(), home.lastSeen());
        refresh();
      }
      case MajorityChanged changed -> refresh();
      case Clock.LATER -> refresh();
      case Clock.KEYS -> {
        changeLog.tellDifferences(clock.millis());
        // No timer of a day: the cluster's time is another node's once this one has joined.
        if (clock.millis() >= keysChangeAt) {
          refresh();
        }
      }
    }
    return this;
  }

  private void declareAnew() {
    declaration = Declaration.of(settings, discovered.servers(), clock.next());
    refresh();
  }

  private void onMapChanged(MapChanged changed) {
    Map<ServerAtNode, Verdict> verdicts = maps.get(StateMaps.VERDICTS);
    Map<ServerAtNode, Long> alarms = maps.get(StateMaps.ALARMS);
    Map<ServerAtNode, Long> answers = maps.get(StateMaps.ANSWERS);
    ReplicatedMap<?, ?> map = maps.hear(changed.change());
    if (StateMaps.ANSWERS.equals(map)) {
      Set<ServerId> answered =
          serversOfNews(answers, maps.get(StateMaps.ANSWERS), (before, now) -> !now.equals(before));
      monitor.tell(new HealthMonitor.Answered(answered));
    } else if (StateMaps.ALARMS.equals(map)) {
      serversOfNews(alarms, maps.get(StateMaps.ALARMS), (before, now) -> !now.equals(before))
          .forEach(this::probeNow);
    } else if (map != null) {
      if (StateMaps.VERDICTS.equals(map)) {
        // The other observers should look at the server, too.
        serversOfNews(verdicts, maps.get(StateMaps.VERDICTS), StateActor::isWorse)
            .forEach(this::probeNow);
      }
      refresh();
    }
  }

  private void probeNow(ServerId server) {
    monitor.tell(new HealthMonitor.ProbeNow(server));
  }

  private <V> Set<ServerId> serversOfNews(
      Map<ServerAtNode, V> before, Map<ServerAtNode, V> now, BiPredicate<@Nullable V, V> isNews) {
    Set<ServerId> servers = new HashSet<>();
    now.forEach(
        (key, value) -> {
          if (isNews.test(before.get(key), value)) {
            view.state(key.server()).ifPresent(state -> servers.add(state.server().id()));
          }
        });
    return servers;
  }

  private static boolean isWorse(@Nullable Verdict before, Verdict now) {
    return now.health().compareTo(before == null ? Health.UP : before.health()) > 0;
  }

  private void refresh() {
    Membership members = Membership.now(cluster, home.voters().electorate());
    boolean oldest = members.isOldest();
    if (members.isUp()) {
      if (discovered.complete() && home.settingsAreWhole()) {
        // Before that, other nodes would think that this one knows of no servers, and it would be
        // ready.
        reports.declaration(declaration);
      }
      keys.forEach(rotation -> rotation.tend(maps, view, settings, oldest));
      if (oldest) {
        maps.tidyUp(members.addresses());
      }
    }
    ClusterView before = view;
    view =
        ClusterView.of(
            members,
            settings,
            declaration,
            Replicated.of(maps),
            before,
            sessionsWaitFor,
            home.majority().isGivenUp(settings.node().readyWithoutMajority(), System.nanoTime()),
            clock.millis());
    changeLog.tell(before, view, settings, members.self(), home.isLeaving(), clock.millis());
    keysChangeAt =
        keys.stream()
            .mapToLong(rotation -> rotation.nextChange(view, settings, oldest))
            .min()
            .orElse(Long.MAX_VALUE);
    if (!view.equals(before)) {
      monitor.tell(new HealthMonitor.Observe(view.observed(), view.dead()));
      home.publish(view);
    }
    // Always: an ejection of this node's may come back to it later than the verdict that ends it.
    reports.endOvertaken(view);
    awaitLater();
  }

  private void awaitLater() {
    long now = clock.millis();
    LongStream.concat(
            Ejections.returns(maps.get(StateMaps.EJECTIONS)), view.drainDeadlines(settings))
        .map(at -> at - now)
        .filter(left -> left > 0)
        .min()
        .ifPresent(
            left -> timers.startSingleTimer(Clock.LATER, Clock.LATER, Duration.ofMillis(left + 1)));
  }
}
