package dev.limpet.cluster.discovery;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ServerSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks DNS or Kubernetes for servers, as often as they want it, and tells when they change. */
public final class DiscoveryMonitor extends AbstractBehavior<DiscoveryMonitor.Command> {

  public sealed interface Command {}

  /**
   * News for the listener: the servers that are found, and those that were until of late.
   *
   * @param complete whether it has been asked for all upstreams
   */
  public record Discovered(boolean complete, List<DiscoveredServer> servers) {}

  /** The settings to go by from now on. */
  public record Follow(Settings settings) implements Command {}

  private record Due(FoundServers source) implements Command {}

  private record Answered(FoundServers source, ServerSource.Answer answer) implements Command {}

  /** A server of this source may have been gone for long enough. */
  private record Drained(FoundServers source) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(DiscoveryMonitor.class);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final TimerScheduler<Command> timers;
  private final Function<Discovery.Kubernetes, ServerSource> kubernetes;
  private final ActorRef<Discovered> listener;
  private final Map<String, FoundServers> sources = new TreeMap<>();
  private @Nullable Discovered told;

  private DiscoveryMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Function<Discovery.Kubernetes, ServerSource> kubernetes,
      ActorRef<Discovered> listener) {
    super(context);
    this.timers = timers;
    this.kubernetes = kubernetes;
    this.listener = listener;
  }

  /**
   * @param kubernetes opens a source of servers there
   * @param listener hears of each change
   */
  public static Behavior<Command> create(
      Function<Discovery.Kubernetes, ServerSource> kubernetes, ActorRef<Discovered> listener) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new DiscoveryMonitor(context, timers, kubernetes, listener)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Follow.class, this::onFollow)
        .onMessage(Due.class, due -> ask(due.source()))
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Drained.class, drained -> forgetLeavers(drained.source()))
        .onSignal(PostStop.class, stopped -> closeAll())
        .build();
  }

  private Behavior<Command> onFollow(Follow follow) {
    Map<String, FoundServers> before = Map.copyOf(sources);
    sources.clear();
    for (Settings.Upstream upstream : follow.settings().upstreams().values()) {
      upstream
          .discovery()
          .ifPresent(
              discovery -> {
                FoundServers known = before.get(upstream.name());
                sources.put(
                    upstream.name(),
                    known != null && known.settings().equals(discovery)
                        ? known
                        : new FoundServers(upstream.name(), discovery, open(discovery), known));
              });
    }
    before.values().stream().filter(source -> !isCurrent(source)).forEach(this::forget);
    sources.values().stream().filter(source -> !before.containsValue(source)).forEach(this::ask);
    tell();
    return this;
  }

  private ServerSource open(Discovery discovery) {
    return switch (discovery) {
      case Discovery.Dns dns -> DnsLookup.of(dns);
      case Discovery.Kubernetes there -> kubernetes.apply(there);
    };
  }

  private Behavior<Command> closeAll() {
    sources.values().forEach(source -> source.source().close());
    return this;
  }

  private void forget(FoundServers source) {
    timers.cancel(new Due(source));
    timers.cancel(new Drained(source));
    source.source().close();
  }

  private Behavior<Command> ask(FoundServers source) {
    getContext()
        .pipeToSelf(
            source.source().ask(),
            (answer, failure) ->
                new Answered(
                    source,
                    failure == null
                        ? answer
                        : new ServerSource.Answer(
                            Optional.empty(), failure.toString(), AFTER_FAILURE)));
    return this;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    FoundServers source = answered.source();
    if (!isCurrent(source)) {
      return this;
    }
    ServerSource.Answer answer = answered.answer();
    if (answer.trouble().isEmpty() && source.isInTrouble()) {
      LOG.info("upstream {}: {} answers again", source.upstream(), source.whom());
    } else if (!answer.trouble().isEmpty() && !source.isInTrouble()) {
      LOG.warn("upstream {}: {}", source.upstream(), answer.trouble());
    }
    Set<HostPort> before = source.there();
    source.hear(answer, System.nanoTime());
    if (!source.there().equals(before)) {
      LOG.info("upstream {}: {} names {}", source.upstream(), source.whom(), source.there());
    }
    timers.startSingleTimer(new Due(source), new Due(source), answer.again());
    return forgetLeavers(source);
  }

  private Behavior<Command> forgetLeavers(FoundServers source) {
    source
        .forgetLeavers(System.nanoTime())
        .ifPresent(left -> timers.startSingleTimer(new Drained(source), new Drained(source), left));
    tell();
    return this;
  }

  private boolean isCurrent(FoundServers source) {
    return sources.get(source.upstream()) == source;
  }

  private void tell() {
    Discovered now =
        new Discovered(
            sources.values().stream().allMatch(FoundServers::isSettled),
            sources.values().stream().flatMap(source -> source.servers().stream()).toList());
    if (!now.equals(told)) {
      told = now;
      listener.tell(now);
    }
  }
}
