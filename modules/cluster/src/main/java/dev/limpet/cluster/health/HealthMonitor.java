package dev.limpet.cluster.health;

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

/** Probes the servers that this node observes, and tells when its verdict on one changes. */
public final class HealthMonitor extends AbstractBehavior<HealthMonitor.Command> {

  public sealed interface Command {}

  /** News for the listener. */
  public sealed interface Event {}

  /** This node, as an observer, has changed its mind about a server. */
  public record Observed(ServerId server, Verdict verdict) implements Event {}

  /** This node observes a server no more; what it last thought of it must not count again. */
  public record Forgotten(ServerId server) implements Event {}

  /**
   * The servers to observe from now on.
   *
   * @param dead those that the cluster calls dead
   */
  public record Observe(Map<Server, Settings.Upstream> servers, Set<ServerId> dead)
      implements Command {}

  /** Requests of clients were answered at these servers, at whatever node. */
  public record Answered(Set<ServerId> servers) implements Command {}

  /** Probe a server now instead of at the end of its interval. */
  public record ProbeNow(ServerId server) implements Command {}

  private record Tick(CheckState.Check check) implements Command {}

  private record Probed(CheckState.Check check, Probe.Result result) implements Command {}

  private record LastLook(CheckState state) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

  /** Between two lines that say that this node has no time for checks. */
  private static final long COMPLAINT_NANOS = 60_000_000_000L;

  /** Probes are spread by up to a tenth of the interval, so that nodes do not beat in time. */
  private static final double JITTER = 0.1;

  private final TimerScheduler<Command> timers;
  private final CheckCounts counts;
  private final ActorRef<Event> listener;
  private final ProbeTls tls = new ProbeTls();
  private final Dial dial = new Dial();
  private final Map<ServerId, CheckState> states = new HashMap<>();
  private long complainedAt = System.nanoTime() - COMPLAINT_NANOS;

  private HealthMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CheckCounts counts,
      ActorRef<Event> listener) {
    super(context);
    this.timers = timers;
    this.counts = counts;
    this.listener = listener;
  }

  /**
   * @param listener hears of changes
   */
  public static Behavior<Command> create(CheckCounts counts, ActorRef<Event> listener) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new HealthMonitor(context, timers, counts, listener)));
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
    Map<ServerId, CheckState> before = new HashMap<>(states);
    states.clear();
    observe
        .servers()
        .forEach(
            (server, upstream) -> {
              CheckState known = before.get(server.id());
              if (known != null && known.isOf(server, upstream)) {
                states.put(server.id(), known);
              } else {
                CheckState state =
                    new CheckState(server, upstream, observe.dead().contains(server.id()));
                states.put(server.id(), state);
                state.checks().forEach(this::probe);
              }
            });
    counts.keep(states.keySet());
    before.forEach(
        (server, state) -> {
          if (states.get(server) != state) {
            state.checks().forEach(timers::cancel);
            timers.cancel(state);
          }
          if (!states.containsKey(server)) {
            listener.tell(new Forgotten(server));
          }
        });
    return this;
  }

  private Behavior<Command> onProbeNow(ProbeNow now) {
    @Nullable CheckState state = states.get(now.server());
    if (state != null) {
      state.checks().forEach(this::probe);
    }
    return this;
  }

  private Behavior<Command> probe(CheckState.Check check) {
    if (check.tryBegin()) {
      getContext()
          .pipeToSelf(
              Probe.start(
                  check.settings(), check.address(), check.state().upstream().tls(), tls, dial),
              (result, failure) -> new Probed(check, result));
    }
    return this;
  }

  private Behavior<Command> onProbed(Probed probed) {
    CheckState.Check check = probed.check();
    CheckState state = check.state();
    if (states.get(state.server().id()) != state) {
      return this;
    }
    long now = System.nanoTime();
    check.end(probed.result(), now);
    counts.count(state.server().id(), probed.result().outcome());
    if (probed.result().outcome() == Probe.Outcome.UNSURE) {
      complain(state, check, probed.result(), now);
      if (check.tryRepeat()) {
        return probe(check);
      }
    }
    timers.startSingleTimer(check, new Tick(check), jittered(check.settings().interval()));
    state
        .newVerdict()
        .ifPresent(verdict -> listener.tell(new Observed(state.server().id(), verdict)));
    awaitLastLook(state, now);
    return this;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    long now = System.nanoTime();
    for (ServerId server : answered.servers()) {
      CheckState state = states.get(server);
      if (state != null) {
        state.answered(now);
      }
    }
    return this;
  }

  /** Starts a timer for it; if the last look is due already, the probes under way decide. */
  private void awaitLastLook(CheckState state, long now) {
    state.untilLastLook(now).stream()
        .filter(left -> left > 0)
        .forEach(
            left -> timers.startSingleTimer(state, new LastLook(state), Duration.ofNanos(left)));
  }

  /** Repeats the checks that fail: a server must not be called dead for what it was before. */
  private Behavior<Command> onLastLook(LastLook last) {
    CheckState state = last.state();
    if (states.get(state.server().id()) != state) {
      return this;
    }
    long now = System.nanoTime();
    awaitLastLook(state, now);
    state.untilLastLook(now).stream()
        .filter(left -> left <= 0)
        .forEach(
            due ->
                state.checks().stream().filter(CheckState.Check::isFailing).forEach(this::probe));
    return this;
  }

  private void complain(CheckState state, CheckState.Check check, Probe.Result result, long now) {
    if (now - complainedAt >= COMPLAINT_NANOS) {
      complainedAt = now;
      LOG.warn(
          "server {}: {}: {}; that says nothing of the server, and is repeated",
          state.server().id(),
          check.settings().name(),
          result.wrong());
    }
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }
}
