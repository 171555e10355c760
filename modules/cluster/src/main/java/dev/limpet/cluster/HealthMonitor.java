package dev.limpet.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.BackendId;
import dev.limpet.model.Server;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Probes the servers that this node observes and tells the state actor when a verdict changes. */
final class HealthMonitor extends AbstractBehavior<HealthMonitor.Command> {

  sealed interface Command {}

  /** The servers to observe from now on. */
  record Observe(Map<Server, Settings.Upstream> servers) implements Command {}

  /** Probe a server now instead of at the end of its interval. */
  record ProbeNow(BackendId backend) implements Command {}

  private record Tick(Watch.Check check) implements Command {}

  private record Probed(Watch.Check check, String wrong) implements Command {}

  /** Probes are spread by up to a tenth of the interval, so that nodes do not beat in time. */
  private static final double JITTER = 0.1;

  private final TimerScheduler<Command> timers;
  private final ActorRef<StateActor.Command> state;
  private final ProbeTls tls = new ProbeTls();
  private final Dial dial = new Dial();
  private final Map<BackendId, Watch> watches = new HashMap<>();

  private HealthMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ActorRef<StateActor.Command> state) {
    super(context);
    this.timers = timers;
    this.state = state;
  }

  static Behavior<Command> create(ActorRef<StateActor.Command> state) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new HealthMonitor(context, timers, state)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Observe.class, this::onObserve)
        .onMessage(ProbeNow.class, this::onProbeNow)
        .onMessage(Tick.class, tick -> probe(tick.check()))
        .onMessage(Probed.class, this::onProbed)
        .build();
  }

  private Behavior<Command> onObserve(Observe observe) {
    Map<BackendId, Watch> before = new HashMap<>(watches);
    watches.clear();
    observe
        .servers()
        .forEach(
            (server, upstream) -> {
              Watch known = before.get(server.id());
              if (known != null && known.isOf(server, upstream)) {
                watches.put(server.id(), known);
              } else {
                Watch watch = new Watch(server, upstream);
                watches.put(server.id(), watch);
                watch.checks().forEach(this::probe);
              }
            });
    before.forEach(
        (backend, watch) -> {
          if (watches.get(backend) != watch) {
            watch.checks().forEach(timers::cancel);
          }
          if (!watches.containsKey(backend)) {
            state.tell(new StateActor.Forgotten(backend));
          }
        });
    return this;
  }

  private Behavior<Command> onProbeNow(ProbeNow now) {
    @Nullable Watch watch = watches.get(now.backend());
    if (watch != null) {
      watch.checks().forEach(this::probe);
    }
    return this;
  }

  private Behavior<Command> probe(Watch.Check check) {
    if (check.tryBegin()) {
      getContext()
          .pipeToSelf(
              Probe.start(check.settings(), check.address(), check.watch().upstream().tls(), tls, dial),
              (wrong, failure) -> new Probed(check, failure == null ? wrong : failure.toString()));
    }
    return this;
  }

  private Behavior<Command> onProbed(Probed probed) {
    Watch.Check check = probed.check();
    Watch watch = check.watch();
    if (watches.get(watch.server().id()) != watch) {
      return this;
    }
    check.end(probed.wrong());
    timers.startSingleTimer(check, new Tick(check), jittered(check.settings().interval()));
    watch
        .newVerdict()
        .ifPresent(verdict -> state.tell(new StateActor.Observed(watch.server().id(), verdict)));
    return this;
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }
}
