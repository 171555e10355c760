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
 * @param files what all loops' connections share
 * @param failures of all loops
 */
public record Loop(
    int index,
    String dispatcherId,
    EventLoop executor,
    Class<? extends Channel> channelClass,
    LoopMemory memory,
    IdleConnections idle,
    OpenFiles files,
    FailureLog failures) {

  /** Runs a task on the loop again and again, for as long as the loop is there. */
  public void every(Duration period, Runnable task) {
    executor.scheduleAtFixedRate(
        task, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }
}
