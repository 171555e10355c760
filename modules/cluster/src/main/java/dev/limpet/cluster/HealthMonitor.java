package dev.limpet.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Probes the servers that this node observes and tells the state actor when a verdict changes. */
final class HealthMonitor extends AbstractBehavior<HealthMonitor.Command> {

  sealed interface Command {}

  /**
   * The servers to observe from now on.
   *
   * @param dead those that the cluster calls dead
   */
  record Observe(Map<Server, Settings.Upstream> servers, Set<ServerId> dead) implements Command {}

  /** Requests of clients were answered at these servers, at whatever node. */
  record Answered(Set<ServerId> servers) implements Command {}

  /** Probe a server now instead of at the end of its interval. */
  record ProbeNow(ServerId backend) implements Command {}

  private record Tick(Watch.Check check) implements Command {}

  private record Probed(Watch.Check check, Probe.Result result) implements Command {}

  private record LastLook(Watch watch) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

  /** Between two lines that say that this node has no time for checks. */
  private static final long COMPLAINT_NANOS = 60_000_000_000L;

  /** Probes are spread by up to a tenth of the interval, so that nodes do not beat in time. */
  private static final double JITTER = 0.1;

  private final TimerScheduler<Command> timers;
  private final ActorRef<StateActor.Command> state;
  private final ProbeTls tls = new ProbeTls();
  private final Dial dial = new Dial();
  private final Map<ServerId, Watch> watches = new HashMap<>();
  private long complainedAt = System.nanoTime() - COMPLAINT_NANOS;

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
        .onMessage(LastLook.class, this::onLastLook)
        .onMessage(Answered.class, this::onAnswered)
        .build();
  }

  private Behavior<Command> onObserve(Observe observe) {
    Map<ServerId, Watch> before = new HashMap<>(watches);
    watches.clear();
    observe
        .servers()
        .forEach(
            (server, upstream) -> {
              Watch known = before.get(server.id());
              if (known != null && known.isOf(server, upstream)) {
                watches.put(server.id(), known);
              } else {
                Watch watch = new Watch(server, upstream, observe.dead().contains(server.id()));
                watches.put(server.id(), watch);
                watch.checks().forEach(this::probe);
              }
            });
    before.forEach(
        (backend, watch) -> {
          if (watches.get(backend) != watch) {
            watch.checks().forEach(timers::cancel);
            timers.cancel(watch);
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
              Probe.start(
                  check.settings(), check.address(), check.watch().upstream().tls(), tls, dial),
              (result, failure) -> new Probed(check, result));
    }
    return this;
  }

  private Behavior<Command> onProbed(Probed probed) {
    Watch.Check check = probed.check();
    Watch watch = check.watch();
    if (watches.get(watch.server().id()) != watch) {
      return this;
    }
    long now = System.nanoTime();
    check.end(probed.result(), now);
    if (probed.result().outcome() == Probe.Outcome.UNSURE) {
      complain(watch, check, probed.result(), now);
      if (check.tryRepeat()) {
        return probe(check);
      }
    }
    timers.startSingleTimer(check, new Tick(check), jittered(check.settings().interval()));
    watch
        .newVerdict()
        .ifPresent(verdict -> state.tell(new StateActor.Observed(watch.server().id(), verdict)));
    awaitLastLook(watch, now);
    return this;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    long now = System.nanoTime();
    for (ServerId server : answered.servers()) {
      Watch watch = watches.get(server);
      if (watch != null) {
        watch.answered(now);
      }
    }
    return this;
  }

  /** Where that is not in the future, the probes that are under way decide. */
  private void awaitLastLook(Watch watch, long now) {
    watch.untilLastLook(now).stream()
        .filter(left -> left > 0)
        .forEach(
            left -> timers.startSingleTimer(watch, new LastLook(watch), Duration.ofNanos(left)));
  }

  /** A server is never dead for what it was: what still fails is asked once more. */
  private Behavior<Command> onLastLook(LastLook last) {
    Watch watch = last.watch();
    if (watches.get(watch.server().id()) != watch) {
      return this;
    }
    long now = System.nanoTime();
    awaitLastLook(watch, now);
    watch.untilLastLook(now).stream()
        .filter(left -> left <= 0)
        .forEach(
            due -> watch.checks().stream().filter(Watch.Check::isFailing).forEach(this::probe));
    return this;
  }

  private void complain(Watch watch, Watch.Check check, Probe.Result result, long now) {
    if (now - complainedAt >= COMPLAINT_NANOS) {
      complainedAt = now;
      LOG.warn(
          "server {}: {}: {}; that says nothing of the server, and is repeated",
          watch.server().id(),
          check.settings().name(),
          result.wrong());
    }
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }
}
