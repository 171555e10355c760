package dev.limpet.proxy.upstream;

import dev.limpet.model.net.OwnShortage;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.loop.Loop;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server that may have several addresses: the next is tried as soon as one
 * refuses, or has not answered for a moment, and the first that stands is taken (RFC 8305, section
 * 5). On its loop.
 */
final class HappyEyeballs {

  /** Hears of the end, once. */
  interface Outcome {

    void onChannel(Channel connected);

    void onFailure(Failure failure);

    /** This node itself has too little of something; {@link #onFailure} follows. */
    void onShortage(String what);
  }

  /** RFC 8305, section 8: the Connection Attempt Delay. */
  private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

  private final Loop loop;
  private final Bootstrap bootstrap;
  private final Addresses addresses;
  private final Iterator<InetSocketAddress> left;
  private final Outcome outcome;

  /** Tells the one who waits for the outcome, and holds a slot at the server. */
  private final Consumer<Throwable> broken;

  private final List<Channel> underWay = new ArrayList<>(1);
  private @Nullable Future<?> delay;
  private @Nullable Future<?> deadline;
  private boolean timedOut;

  /** Where an attempt failed for want of something of this node's own. */
  private @Nullable String shortage;

  /** No attempt counts any more. */
  private boolean over;

  /** The outcome is known, and so the matter of who hears of it. */
  private boolean told;

  private HappyEyeballs(Loop loop, Bootstrap bootstrap, Addresses addresses, Outcome outcome) {
    this.loop = loop;
    this.broken = loop.faults().in("a connection to a server", () -> tellFailure(Failure.INTERNAL));
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
      Loop loop, Bootstrap bootstrap, Addresses addresses, Duration timeout, Outcome outcome) {
    HappyEyeballs attempts = new HappyEyeballs(loop, bootstrap, addresses, outcome);
    if (!attempts.left.hasNext()) {
      loop.execute(attempts::fail, attempts.broken);
      return;
    }
    try {
      attempts.tryNext();
      if (!attempts.over && attempts.left.hasNext()) {
        attempts.deadline = loop.schedule(attempts::onDeadline, timeout, attempts.broken);
      }
    } catch (Throwable thrown) {
      attempts.broken.accept(thrown);
    }
  }

  private void tryNext() {
    InetSocketAddress address = left.next();
    if (left.hasNext()) {
      delay = loop.schedule(this::tryNext, ATTEMPT_DELAY, broken);
    }
    ChannelFuture attempt = bootstrap.connect(address);
    underWay.add(attempt.channel());
    attempt.addListener(
        _ -> {
          try {
            onEnd(attempt, address);
          } catch (Throwable thrown) {
            attempt.channel().close();
            broken.accept(thrown);
          }
        });
  }

  private void onEnd(ChannelFuture attempt, InetSocketAddress address) {
    underWay.remove(attempt.channel());
    if (over) {
      attempt.channel().close();
    } else if (attempt.isSuccess()) {
      addresses.worked(address);
      end();
      told = true;
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
    if (shortage != null) {
      outcome.onShortage(shortage);
      tellFailure(Failure.TOO_MANY_CONNECTIONS);
    } else {
      tellFailure(timedOut ? Failure.CONNECT_TIMEOUT : Failure.CONNECT_REFUSED);
    }
  }

  private void tellFailure(Failure failure) {
    if (!told) {
      told = true;
      end();
      outcome.onFailure(failure);
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
