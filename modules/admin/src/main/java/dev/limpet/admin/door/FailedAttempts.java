package dev.limpet.admin.door;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * The wrong tokens of late, and how long the answers to further ones are held back. What is right
 * is never held back by it, but at an address that has as many answers waiting as it may have:
 * there nothing is compared any more, so that who does not wait for answers gains nothing. Safe for
 * threads.
 */
final class FailedAttempts {

  /** The longest that an answer is held back. */
  static final Duration LONGEST_HOLD = Duration.ofSeconds(5);

  /** Anybody may be wrong so often. */
  private static final int FREE = 3;

  private static final long FIRST_HOLD_MILLIS = 100;

  /** Answers that wait for one address. */
  private static final int MOST_HELD = 8;

  private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final int MOST_ADDRESSES = 10_000;

  /** More than these in a minute, from anywhere, and nobody is free any more. */
  private static final int MANY_A_MINUTE = 100;

  private static final long HOLD_OF_ALL_MILLIS = 1_000;

  private static final class Address {
    private int failures;
    private int held;
    private long last;
  }

  private final LongSupplier nanoTime;
  private final BiConsumer<Duration, Runnable> later;
  private final SequencedMap<InetAddress, Address> addresses = new LinkedHashMap<>(16, 0.75f, true);
  private long minuteBegan;
  private int inThisMinute;

  /**
   * @param later runs something after a time
   */
  FailedAttempts(LongSupplier nanoTime, BiConsumer<Duration, Runnable> later) {
    this.nanoTime = nanoTime;
    this.later = later;
    this.minuteBegan = nanoTime.getAsLong();
  }

  /** Whether as many answers to an address are held back as may be. */
  synchronized boolean isExhausted(InetAddress from) {
    Address address = addresses.get(network(from));
    return address != null && address.held >= MOST_HELD;
  }

  /** Counts a wrong token, and says how long the answer is to be held back. */
  synchronized Duration failed(InetAddress from) {
    long now = nanoTime.getAsLong();
    Address address = addresses.computeIfAbsent(network(from), first -> new Address());
    if (now - address.last > FORGET_NANOS) {
      address.failures = 0;
    }
    address.failures++;
    address.last = now;
    if (addresses.size() > MOST_ADDRESSES) {
      addresses.pollFirstEntry();
    }
    long hold = Math.max(holdOfAll(now), holdOf(address.failures));
    Duration held = Duration.ofMillis(Math.min(LONGEST_HOLD.toMillis(), hold));
    if (hold > 0) {
      address.held++;
      later.accept(held, () -> answered(address));
    }
    return held;
  }

  private synchronized void answered(Address address) {
    address.held--;
  }

  private static long holdOf(int failures) {
    return failures <= FREE ? 0 : FIRST_HOLD_MILLIS << Math.min(failures - FREE - 1, 10);
  }

  private long holdOfAll(long now) {
    if (now - minuteBegan > TimeUnit.MINUTES.toNanos(1)) {
      minuteBegan = now;
      inThisMinute = 0;
    }
    return ++inThisMinute > MANY_A_MINUTE ? HOLD_OF_ALL_MILLIS : 0;
  }

  /** Who has one address of IPv6 has 64 bits of them. */
  static InetAddress network(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    try {
      return InetAddress.getByAddress(Arrays.copyOf(Arrays.copyOf(address.getAddress(), 8), 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }
}
