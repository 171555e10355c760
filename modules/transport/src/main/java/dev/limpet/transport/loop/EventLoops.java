package dev.limpet.transport.loop;

import akka.actor.AbstractExtensionId;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.live.Distribution;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.transport.limits.MemoryBudget;
import dev.limpet.transport.limits.OpenFiles;
import dev.limpet.transport.report.FailureLog;
import dev.limpet.transport.report.Faults;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The event loops of an actor system. They end with it. */
public final class EventLoops implements Extension {

  private static final Id ID = new Id();

  /** Nothing on a loop may take as long as that. */
  private static final Duration STALL = Duration.ofSeconds(2);

  /** A task that has taken so long is taken for one that never ends. */
  private static final Duration LOST = Duration.ofSeconds(10);

  private final ActorSystem system;
  private final MemoryBudget memory;
  private final OpenFiles files = OpenFiles.ofProcess();
  private final FailureLog failures = new FailureLog();
  private final Faults faults = new Faults();
  private final List<Loop> loops;
  private final LoopWatchdog watchdog;
  private final LoopLag lag;

  private EventLoops(ExtendedActorSystem system) {
    this.system = system;
    int count = system.settings().config().getInt("limpet-loops.count");
    memory = new MemoryBudget(system.settings().config().getLong("limpet-loops.memory"), count);
    loops = IntStream.range(0, count).mapToObj(index -> loop(system, index)).toList();
    loops.getFirst().every(Duration.ofSeconds(1), failures::flush);
    watchdog = new LoopWatchdog(loops, STALL, LOST);
    lag = new LoopLag(loops);
    system.registerOnTermination(this::end);
  }

  /**
   * The dispatchers that an actor system needs to have loops.
   *
   * @param count at least 1
   * @param memory bytes that their connections may hold; 0 for what the JVM has room for
   */
  public static Config dispatcherConfig(int count, long memory) {
    StringBuilder text =
        new StringBuilder("limpet-loops { count = %d, memory = %d%n".formatted(count, memory));
    for (int index = 0; index < count; index++) {
      text.append(
          "loop-%d { type = \"%s\", index = %d }%n"
              .formatted(index, EventLoopDispatcherConfigurator.class.getName(), index));
    }
    return ConfigFactory.parseString(text.append('}').toString());
  }

  /** The loops of a system that was made with {@link #dispatcherConfig}. */
  public static EventLoops of(ActorSystem system) {
    return ID.get(system);
  }

  /** The one whose loops these are. */
  public ActorSystem system() {
    return system;
  }

  public List<Loop> all() {
    return loops;
  }

  /** The memory that all their connections may hold. */
  public MemoryBudget memory() {
    return memory;
  }

  /** The files that clients and connections to servers may open. */
  public OpenFiles files() {
    return files;
  }

  /** The log of what goes wrong for clients on these loops. */
  public FailureLog failures() {
    return failures;
  }

  /** The health of the loops; from any thread. */
  public LoopHealth health() {
    return new LoopHealth(faults.count(), watchdog.stalls(), watchdog.lost());
  }

  /** How late the loops came to what was due, since the start; from any thread. */
  public Distribution lag() {
    return lag.distribution();
  }

  private void end() {
    watchdog.end();
    loops.forEach(loop -> loop.executor().parent().shutdownGracefully(0, 1, TimeUnit.SECONDS));
  }

  private Loop loop(ActorSystem system, int index) {
    String id = "limpet-loops.loop-" + index;
    EventLoopDispatcher dispatcher = (EventLoopDispatcher) system.dispatchers().lookup(id);
    dispatcher.report(faults);
    return new Loop(
        index,
        id,
        dispatcher.loop(),
        NativeIo.BEST.channel,
        memory.ofLoop(index),
        files,
        failures,
        faults);
  }

  private static final class Id extends AbstractExtensionId<EventLoops> {
    @Override
    public EventLoops createExtension(ExtendedActorSystem system) {
      return new EventLoops(system);
    }
  }
}
