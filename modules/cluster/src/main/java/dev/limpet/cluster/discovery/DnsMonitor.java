package dev.limpet.cluster.discovery;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks DNS for servers, as often as it wants to be asked, and tells when they change. */
public final class DnsMonitor extends AbstractBehavior<DnsMonitor.Command> {

  public sealed interface Command {}

  /**
   * News for the listener: the servers that DNS names for this node, and has named of late.
   *
   * @param complete whether it has been asked for all upstreams
   */
  public record Discovered(boolean complete, List<DiscoveredServer> servers) {}

  /** The settings to go by from now on. */
  public record Follow(Settings settings) implements Command {}

  private record Due(DnsSource source) implements Command {}

  private record Answered(DnsSource source, DnsLookup.Answer answer) implements Command {}

  /** A server of this source may have been gone for long enough. */
  private record Drained(DnsSource source) implements Command {}

  private static final Logger LOG = LoggerFactory.getLogger(DnsMonitor.class);

  private final TimerScheduler<Command> timers;
  private final ActorRef<Discovered> listener;
  private final Map<String, DnsSource> sources = new TreeMap<>();
  private @Nullable Discovered told;

  private DnsMonitor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ActorRef<Discovered> listener) {
    super(context);
    this.timers = timers;
    this.listener = listener;
  }

  /**
   * @param listener hears of each change
   */
  public static Behavior<Command> create(ActorRef<Discovered> listener) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new DnsMonitor(context, timers, listener)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Follow.class, this::onFollow)
        .onMessage(Due.class, due -> ask(due.source()))
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Drained.class, drained -> forgetLeavers(drained.source()))
        .build();
  }

  private Behavior<Command> onFollow(Follow follow) {
    Map<String, DnsSource> before = Map.copyOf(sources);
    sources.clear();
    for (Settings.Upstream upstream : follow.settings().upstreams().values()) {
      upstream
          .discovery()
          .ifPresent(
              discovery -> {
                DnsSource known = before.get(upstream.name());
                sources.put(
                    upstream.name(),
                    known != null && known.settings().equals(discovery.dns())
                        ? known
                        : new DnsSource(upstream.name(), discovery.dns(), known));
              });
    }
    before.values().stream().filter(source -> !isCurrent(source)).forEach(this::forget);
    sources.values().stream().filter(source -> !before.containsValue(source)).forEach(this::ask);
    tell();
    return this;
  }

  private void forget(DnsSource source) {
    timers.cancel(new Due(source));
    timers.cancel(new Drained(source));
  }

  private Behavior<Command> ask(DnsSource source) {
    getContext()
        .pipeToSelf(
            source.ask(),
            (answer, failure) ->
                new Answered(
                    source, failure == null ? answer : DnsLookup.Answer.none(failure.toString())));
    return this;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    DnsSource source = answered.source();
    if (!isCurrent(source)) {
      return this;
    }
    String trouble = answered.answer().trouble();
    if (trouble.isEmpty() && source.isInTrouble()) {
      LOG.info("upstream {}: DNS answers again", source.upstream());
    } else if (!trouble.isEmpty() && !source.isInTrouble()) {
      LOG.warn("upstream {}: {}; what DNS said last counts", source.upstream(), trouble);
    }
    Set<HostPort> before = source.there();
    source.hear(answered.answer(), System.nanoTime());
    if (!source.there().equals(before)) {
      LOG.info("upstream {}: DNS names {}", source.upstream(), source.there());
    }
    timers.startSingleTimer(new Due(source), new Due(source), answered.answer().again());
    return forgetLeavers(source);
  }

  private Behavior<Command> forgetLeavers(DnsSource source) {
    source
        .forgetLeavers(System.nanoTime())
        .ifPresent(left -> timers.startSingleTimer(new Drained(source), new Drained(source), left));
    tell();
    return this;
  }

  private boolean isCurrent(DnsSource source) {
    return sources.get(source.upstream()) == source;
  }

  private void tell() {
    Discovered now =
        new Discovered(
            sources.values().stream().allMatch(DnsSource::isSettled),
            sources.values().stream().flatMap(source -> source.servers().stream()).toList());
    if (!now.equals(told)) {
      told = now;
      listener.tell(now);
    }
  }
}
