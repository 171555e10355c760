package dev.limpet.transport.loop;

import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.limits.OpenFiles;
import dev.limpet.transport.report.FailureLog;
import dev.limpet.transport.report.Faults;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One thread that carries connections. Tasks that run on it outside of streams and handlers are
 * given to it here, and nothing that they throw is lost.
 *
 * @param dispatcherId the Akka dispatcher that runs streams on this loop
 * @param channelClass what outgoing connections of this loop are made of
 * @param memory what its connections hold
 * @param files what all loops' connections may open
 * @param failures of all loops
 * @param faults hears of what is thrown on the loop where nothing should be
 */
public record Loop(
    int index,
    String dispatcherId,
    EventLoop executor,
    Class<? extends Channel> channelClass,
    LoopMemory memory,
    OpenFiles files,
    FailureLog failures,
    Faults faults) {

  /**
   * Runs a task on the loop, soon. May be called from any thread.
   *
   * @param thrown gets what the task throws, which the loop would swallow, and ends what waits for
   *     it
   */
  public void execute(Runnable task, Consumer<Throwable> thrown) {
    executor.execute(Faults.guarded(task, thrown));
  }

  /**
   * Runs a task on the loop, later. May be called from any thread.
   *
   * @param thrown as for {@link #execute}
   */
  public Future<?> schedule(Runnable task, Duration delay, Consumer<Throwable> thrown) {
    return executor.schedule(Faults.guarded(task, thrown), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Runs a task on the loop again and again, for as long as the loop is there, whatever it throws.
   */
  public void every(Duration period, Runnable task) {
    executor.scheduleAtFixedRate(
        Faults.guarded(task, faults.in("a task")),
        period.toNanos(),
        period.toNanos(),
        TimeUnit.NANOSECONDS);
  }
}
