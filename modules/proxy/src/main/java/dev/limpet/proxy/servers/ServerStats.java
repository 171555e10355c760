package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.state.Ejection.Cause;
import dev.limpet.proxy.failure.Failure;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Statistics of this node's latest requests at one server, whoever they were of. Safe for any
 * thread, without a lock. An answer that is well costs two volatile reads, and an increment or two
 * where shares or times matter.
 */
public final class ServerStats {

  /** Hears that a server should be ejected, possibly more than once. */
  interface Outlier {
    void found(Backend backend, Cause cause, String detail);
  }

  /** A trial request that has not ended after this long keeps no other one waiting. */
  private static final long TRIAL_NANOS = 1_000_000_000L;

  private final Backend backend;
  private final PassiveChecks checks;
  private final Outlier outlier;
  private final Runnable onPassed;

  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final AtomicInteger errorsInARow = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder timed = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final AtomicLong lastTrial = new AtomicLong();
  private volatile boolean onTrial;
  private volatile boolean anew;

  /** The sums at the beginning of each second of the window; the ticking thread's. */
  private final Sums[] before;

  private int second;

  /** Counts of answers and failures, and of answers whose time was taken. */
  record Sums(long requests, long failures, long timed, long nanos) {

    /** The average time to the first byte. */
    double meanNanos() {
      return (double) nanos / timed;
    }
  }

  /**
   * @param onPassed runs when a trial has ended well
   */
  ServerStats(Backend backend, PassiveChecks checks, Outlier outlier, Runnable onPassed) {
    this.backend = backend;
    this.checks = checks;
    this.outlier = outlier;
    this.onPassed = onPassed;
    this.before = new Sums[(int) checks.window().toSeconds()];
    forget();
  }

  Backend backend() {
    return backend;
  }

  /** The head of an answer has come. */
  void answered(int status) {
    boolean error = status >= 500 && checks.countsServerErrors();
    if (checks.usesWindow()) {
      count(error);
    }
    if (failuresInARow.get() != 0) {
      failuresInARow.set(0);
    }
    if (error) {
      onServerError(status);
      return;
    }
    if (errorsInARow.get() != 0) {
      errorsInARow.set(0);
    }
    if (onTrial) {
      onTrial = false;
      onPassed.run();
    }
  }

  /** The head of an answer has come this long after the whole request had been sent. */
  public void answeredAfter(long nanoseconds) {
    timed.increment();
    nanos.add(nanoseconds);
  }

  /** No answer has come, and that is the server's fault. */
  void failed(Failure failure) {
    if (checks.usesWindow()) {
      count(true);
    }
    if (onTrial) {
      outlier.found(backend, Cause.NO_ANSWER, "its trial request failed: " + failure.message());
    } else if (checks.fails() > 0 && failuresInARow.incrementAndGet() >= checks.fails()) {
      failuresInARow.set(0);
      outlier.found(
          backend,
          Cause.NO_ANSWER,
          checks.fails() + " requests in a row without an answer; the last: " + failure.message());
    }
  }

  /** Its ejection is over: one request has to go well before others come. */
  void beginTrial() {
    beginAnew();
    lastTrial.set(System.nanoTime() - TRIAL_NANOS);
    onTrial = true;
  }

  /** Forgets what has been. */
  void beginAnew() {
    failuresInARow.set(0);
    errorsInARow.set(0);
    anew = true;
  }

  void endTrial() {
    onTrial = false;
  }

  /** Whether a new client's request may be the trial. */
  boolean tryTrial(long now) {
    long last = lastTrial.get();
    return now - last >= TRIAL_NANOS && lastTrial.compareAndSet(last, now);
  }

  /** Moves the window on by a second and says what was in it. To be called by one thread. */
  Sums tick() {
    if (anew) {
      anew = false;
      forget();
    }
    Sums now = sums();
    Sums oldest = before[second];
    before[second] = now;
    second = (second + 1) % before.length;
    return new Sums(
        now.requests - oldest.requests,
        now.failures - oldest.failures,
        now.timed - oldest.timed,
        now.nanos - oldest.nanos);
  }

  private void onServerError(int status) {
    if (onTrial) {
      outlier.found(backend, Cause.SERVER_ERRORS, "its trial request was answered with " + status);
    } else if (checks.serverErrors() > 0
        && errorsInARow.incrementAndGet() >= checks.serverErrors()) {
      errorsInARow.set(0);
      outlier.found(
          backend,
          Cause.SERVER_ERRORS,
          checks.serverErrors() + " answers in a row with a status from 500; the last: " + status);
    }
  }

  private void count(boolean failure) {
    requests.increment();
    if (failure) {
      failures.increment();
    }
  }

  private void forget() {
    Arrays.fill(before, sums());
  }

  private Sums sums() {
    return new Sums(requests.sum(), failures.sum(), timed.sum(), nanos.sum());
  }
}
