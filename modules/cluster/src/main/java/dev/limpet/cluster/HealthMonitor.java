package dev.limpet.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.BackendId;
import dev.limpet.model.Health;
import dev.limpet.model.Server;
import dev.limpet.model.Settings;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Probes the servers that this node observes and tells the state actor when a verdict changes. */
final class HealthMonitor extends AbstractBehavior<HealthMonitor.Command> {

  sealed interface Command {}

  /** The servers to observe from now on. */
  record Observe(Map<Server, Settings.Upstream> servers) implements Command {}

  /** Probe a server now instead of at the end of its interval. */
  record ProbeNow(BackendId backend) implements Command {}

  private record Tick(BackendId backend) implements Command {}

  private record Probed(BackendId backend, @Nullable String failure) implements Command {}

  /** Probes are spread by up to a tenth of the interval, so that nodes do not beat in time. */
  private static final double JITTER = 0.1;

  private final TimerScheduler<Command> timers;
  private final ActorRef<StateActor.Command> state;
  private final ProbeClients clients = new ProbeClients();
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
        .onMessage(ProbeNow.class, now -> probe(now.backend()))
        .onMessage(Tick.class, tick -> probe(tick.backend()))
        .onMessage(Probed.class, this::onProbed)
        .build();
  }

  private Behavior<Command> onObserve(Observe observe) {
    Map<BackendId, Watch> kept = new HashMap<>();
    observe
        .servers()
        .forEach(
            (server, upstream) -> {
              Watch known = watches.remove(server.id());
              boolean same =
                  known != null && known.server.equals(server) && known.upstream.equals(upstream);
              kept.put(server.id(), same ? known : new Watch(server, upstream));
            });
    watches.keySet().forEach(timers::cancel);
    watches.clear();
    watches.putAll(kept);
    for (Watch watch : kept.values()) {
      if (!timers.isTimerActive(watch.server.id()) && !watch.probing) {
        probe(watch.server.id());
      }
    }
    return this;
  }

  private Behavior<Command> probe(BackendId backend) {
    Watch watch = watches.get(backend);
    if (watch == null || watch.probing) {
      return this;
    }
    watch.probing = true;
    String scheme = watch.upstream.tls().isPresent() ? "https://" : "http://";
    String target = scheme + watch.server.address() + watch.check.path();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(target))
            .timeout(watch.check.timeout())
            .header("User-Agent", "limpet-health")
            .build();
    getContext()
        .pipeToSelf(
            clients.of(watch.upstream.tls()).sendAsync(request, HttpResponse.BodyHandlers.discarding()),
            (response, failure) ->
                new Probed(
                    backend,
                    failure == null ? judge(response, watch.check) : describe(failure)));
    return this;
  }

  private Behavior<Command> onProbed(Probed probed) {
    Watch watch = watches.get(probed.backend());
    if (watch == null) {
      return this;
    }
    watch.probing = false;
    timers.startSingleTimer(
        probed.backend(), new Tick(probed.backend()), jittered(watch.check.interval()));
    if (probed.failure() == null) {
      watch.failures = 0;
      watch.passes++;
    } else {
      watch.passes = 0;
      watch.failures++;
    }
    boolean first = watch.verdict == null;
    boolean isDown = watch.verdict != null && watch.verdict.health() == Health.DOWN;
    if (probed.failure() == null && (first || (isDown && watch.passes >= watch.check.passes()))) {
      tell(watch, new Verdict(Health.UP, ""));
    } else if (probed.failure() != null && !isDown && watch.failures >= watch.check.fails()) {
      tell(watch, new Verdict(Health.DOWN, probed.failure()));
    }
    return this;
  }

  private void tell(Watch watch, Verdict verdict) {
    watch.verdict = verdict;
    state.tell(new StateActor.Observed(watch.server.id(), verdict));
  }

  private static @Nullable String judge(HttpResponse<Void> response, Settings.HealthCheck check) {
    int status = response.statusCode();
    return status >= check.statusFrom() && status <= check.statusTo()
        ? null
        : "status " + status + " from " + check.path();
  }

  private static String describe(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case ConnectException refused -> "connection refused";
      case HttpTimeoutException late -> "no answer in time";
      default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    };
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }

  /** What is known of one server; only this actor touches it. */
  private static final class Watch {
    private final Server server;
    private final Settings.Upstream upstream;
    private final Settings.HealthCheck check;
    private @Nullable Verdict verdict;
    private boolean probing;
    private int failures;
    private int passes;

    Watch(Server server, Settings.Upstream upstream) {
      this.server = server;
      this.upstream = upstream;
      this.check = upstream.health();
    }
  }
}
