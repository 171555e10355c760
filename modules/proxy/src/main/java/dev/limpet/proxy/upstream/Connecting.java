package dev.limpet.proxy.upstream;

import dev.limpet.model.OwnShortage;
import dev.limpet.proxy.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server that may have several addresses: the next is tried as soon as one refuses,
 * or has not answered for a moment, and the first that stands is taken (RFC 8305, section 5). On its loop.
 */
final class Connecting {

  /** Hears of the end, once. */
  interface Outcome {

    void onChannel(Channel connected);

    void onFailure(Failure failure);

    /** This node itself has too little of something; {@link #onFailure} follows. */
    void onShortage(String what);
  }

  /** RFC 8305, section 8: the Connection Attempt Delay. */
  private static final long ATTEMPT_DELAY_MILLIS = 250;

  private final ScheduledExecutorService loop;
  private final Bootstrap bootstrap;
  private final Addresses addresses;
  private final Iterator<InetSocketAddress> left;
  private final Outcome outcome;
  private final List<Channel> underWay = new ArrayList<>(1);
  private @Nullable Future<?> delay;
  private @Nullable Future<?> deadline;
  private boolean timedOut;

  /** Where an attempt failed for want of something of this node's own. */
  private @Nullable String shortage;

  private boolean over;

  private Connecting(
      ScheduledExecutorService loop, Bootstrap bootstrap, Addresses addresses, Outcome outcome) {
    this.loop = loop;
    this.bootstrap = bootstrap;
    this.addresses = addresses;
    this.left = addresses.inOrder().iterator();
    this.outcome = outcome;
  }

  /**
   * @param bootstrap of this loop, with the same timeout for each attempt
   * @param timeout of all attempts together
   */
  static void begin(
      ScheduledExecutorService loop,
      Bootstrap bootstrap,
      Addresses addresses,
      Duration timeout,
      Outcome outcome) {
    Connecting connecting = new Connecting(loop, bootstrap, addresses, outcome);
    if (!connecting.left.hasNext()) {
      loop.execute(connecting::fail);
      return;
    }
    connecting.tryNext();
    if (!connecting.over && connecting.left.hasNext()) {
      connecting.deadline =
          loop.schedule(connecting::onDeadline, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void tryNext() {
    InetSocketAddress address = left.next();
    if (left.hasNext()) {
      delay = loop.schedule(this::tryNext, ATTEMPT_DELAY_MILLIS, TimeUnit.MILLISECONDS);
    }
    ChannelFuture attempt = bootstrap.connect(address);
    underWay.add(attempt.channel());
    attempt.addListener(done -> onEnd(attempt, address));
  }

  private void onEnd(ChannelFuture attempt, InetSocketAddress address) {
    underWay.remove(attempt.channel());
    if (over) {
      attempt.channel().close();
    } else if (attempt.isSuccess()) {
      addresses.worked(address);
      end();
      outcome.onChannel(attempt.channel());
    } else {
      timedOut |= attempt.cause() instanceof ConnectTimeoutException;
      shortage = shortage == null ? OwnShortage.of(attempt.cause()) : shortage;
      if (left.hasNext()) {
        cancel(delay);
        tryNext();
      } else if (underWay.isEmpty()) {
        fail();
      }
    }
  }

  private void onDeadline() {
    timedOut = true;
    fail();
  }

  private void fail() {
    end();
    if (shortage != null) {
      outcome.onShortage(shortage);
      outcome.onFailure(Failure.TOO_MANY_CONNECTIONS);
    } else {
      outcome.onFailure(timedOut ? Failure.CONNECT_TIMEOUT : Failure.CONNECT_REFUSED);
    }
  }

  private void end() {
    over = true;
    cancel(delay);
    cancel(deadline);
    // Closing one ends its attempt, which takes it out of the list.
    List.copyOf(underWay).forEach(Channel::close);
  }

  private static void cancel(@Nullable Future<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
