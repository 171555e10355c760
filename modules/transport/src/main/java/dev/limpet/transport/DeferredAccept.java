package dev.limpet.transport;

import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.loop.NativeIo;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollChannelOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has the kernel keep clients that have connected and said nothing, while there are more clients
 * than slots: they would wait in front of those that ask for something. Linux's {@code
 * TCP_DEFER_ACCEPT}. It ends when there is room again, for whom the kernel keeps it resets when the
 * listener closes. For any thread.
 */
final class DeferredAccept {

  /** If nobody has had to wait for so long, there is room for all. */
  private static final Duration CALM = Duration.ofSeconds(10);

  private final List<Channel> acceptors;
  private final Loop timer;
  private final Duration longest;
  private final AtomicBoolean on = new AtomicBoolean();
  private volatile long crowdedLast;

  /**
   * @param acceptors of one listener
   * @param timer runs what is done later
   * @param longest a client is kept, to the second
   */
  DeferredAccept(List<Channel> acceptors, Loop timer, Duration longest) {
    this.acceptors = acceptors;
    this.timer = timer;
    this.longest = longest;
  }

  boolean isOn() {
    return on.get();
  }

  /** Somebody has to wait for a slot. */
  void deferWhileCrowded() {
    crowdedLast = System.nanoTime();
    if (NativeIo.BEST == NativeIo.EPOLL && on.compareAndSet(false, true)) {
      defer(longest);
      endAfter(CALM);
    }
  }

  private void endAfter(Duration calm) {
    timer.schedule(this::endIfCalm, calm, timer.faults().in("a listener", () -> on.set(false)));
  }

  private void endIfCalm() {
    Duration left = CALM.minusNanos(System.nanoTime() - crowdedLast);
    if (left.isPositive()) {
      endAfter(left);
    } else {
      on.set(false);
      defer(Duration.ZERO);
    }
  }

  private void defer(Duration time) {
    for (Channel acceptor : acceptors) {
      if (acceptor.isOpen()) {
        acceptor.config().setOption(EpollChannelOption.TCP_DEFER_ACCEPT, (int) time.toSeconds());
      }
    }
  }
}
