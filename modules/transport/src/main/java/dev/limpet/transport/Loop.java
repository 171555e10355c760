package dev.limpet.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One thread that carries connections.
 *
 * @param dispatcherId the Akka dispatcher that runs streams on this loop
 * @param channelClass what outgoing connections of this loop are made of
 * @param memory what its connections hold
 * @param idle those of its connections that can be done without
 * @param heavy those that hold much
 * @param files what all loops' connections share
 * @param failures of all loops
 * @param faults hears of what is thrown on the loop where nothing should be
 */
public record Loop(
    int index,
    String dispatcherId,
    EventLoop executor,
    Class<? extends Channel> channelClass,
    LoopMemory memory,
    IdleConnections idle,
    HeavyConnections heavy,
    OpenFiles files,
    FailureLog failures,
    Faults faults) {

  /** Runs a task on the loop again and again, for as long as the loop is there, whatever it throws. */
  public void every(Duration period, Runnable task) {
    executor.scheduleAtFixedRate(
        faults.guarded("a task", task), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }
}
