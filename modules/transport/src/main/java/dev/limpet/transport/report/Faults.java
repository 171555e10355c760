package dev.limpet.transport.report;

import io.netty.handler.codec.DecoderException;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of everything that is thrown on a loop where nothing should be, from those who end what it
 * happened to. All is counted; the log has each kind once with its stack, and then how often, at
 * most once a minute, for clients may have found a way to cause it. Safe for any thread.
 */
public final class Faults {

  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
  private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Beyond that, they are all one. */
  private static final int MAX_KINDS = 100;

  private static final int EXIT_CODE = 3;

  private final Map<String, Kind> kinds = new ConcurrentHashMap<>();
  private final LongAdder count = new LongAdder();
  private final Runnable end;

  public Faults() {
    this(() -> Runtime.getRuntime().halt(EXIT_CODE));
  }

  /**
   * @param end ends the process
   */
  Faults(Runnable end) {
    this.end = end;
  }

  /**
   * Where the machine itself has failed, the process ends: it would go on without the parts that
   * have gone, and others would take it for alive.
   *
   * @param where what has been ended, such as "a request"
   */
  public void caught(String where, Throwable thrown) {
    count.increment();
    if (isFatal(thrown)) {
      try {
        LOG.error("{} ends this process, thrown in {}", thrown, where, thrown);
      } finally {
        end.run();
      }
      return;
    }
    String frame = frame(thrown);
    String key = where + " " + thrown.getClass().getName() + " " + frame;
    String known = kinds.size() < MAX_KINDS || kinds.containsKey(key) ? key : "";
    kinds.computeIfAbsent(known, any -> new Kind()).report(where, frame, thrown);
  }

  /**
   * The same for a handler's {@code exceptionCaught}, where what peers do wrong comes, too, and is
   * no matter of ours.
   */
  public void caughtIfOurs(String where, Throwable thrown) {
    Throwable cause = thrown instanceof DecoderException ? thrown.getCause() : thrown;
    // Netty's and Akka's, and those that say what a peer has done, have classes of their own.
    if (cause instanceof Error
        || (cause instanceof RuntimeException
            && cause.getClass().getName().startsWith("java.lang."))) {
      caught(where, thrown);
    }
  }

  /** As {@link #caught}, where nothing has to be ended. */
  public Consumer<Throwable> in(String where) {
    return thrown -> caught(where, thrown);
  }

  /**
   * As {@link #caught}.
   *
   * @param end ends it, and frees what hangs on it
   */
  public Consumer<Throwable> in(String where, Runnable end) {
    return thrown -> {
      caught(where, thrown);
      try {
        end.run();
      } catch (Throwable again) {
        caught("the end of " + where, again);
      }
    };
  }

  /** A task for those who would swallow what it throws. */
  public static Runnable guarded(Runnable task, Consumer<Throwable> thrown) {
    return () -> {
      try {
        task.run();
      } catch (Throwable broken) {
        thrown.accept(broken);
      }
    };
  }

  public long count() {
    return count.sum();
  }

  /** Memory for buffers that is used up is the matter of whoever wants more of it. */
  private static boolean isFatal(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    return thrown instanceof VirtualMachineError
        && !(thrown instanceof StackOverflowError)
        && !(thrown instanceof OutOfDirectMemoryError)
        && !message.contains("direct buffer memory");
  }

  /** The first frame of ours; the frames where a stack overflows are never the same. */
  private static String frame(Throwable thrown) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getClassName().startsWith("dev.limpet.")) {
        return frame.getClassName() + "." + frame.getMethodName();
      }
    }
    return "";
  }

  private static final class Kind {

    private long unsaid;
    private long said;
    private boolean known;

    synchronized void report(String where, String frame, Throwable thrown) {
      long now = System.nanoTime();
      if (!known) {
        known = true;
        said = now;
        LOG.error("{} was thrown in {}, which has been ended", thrown, where, thrown);
        return;
      }
      unsaid++;
      if (now - said >= AGAIN_NANOS) {
        LOG.error(
            "{} was thrown in {} {} more times (first stack above; {})",
            thrown.getClass().getName(),
            where,
            unsaid,
            frame);
        said = now;
        unsaid = 0;
      }
    }
  }
}
