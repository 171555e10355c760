package dev.limpet.node;

import dev.limpet.model.state.LoopHealth;
import dev.limpet.transport.supervisor.SupervisorSocket;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supervisor that has started this process and waits to hear how it is: systemd, for a service
 * of {@code Type=notify} (<a
 * href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">sd_notify(3)</a>).
 * Without one, nothing is told.
 */
final class Supervisor {

  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  private final @Nullable SupervisorSocket socket;

  /**
   * Between {@link #serving} and {@link #stopping}: else a reload would say that the node serves.
   */
  private volatile boolean serving;

  private Supervisor(@Nullable SupervisorSocket socket) {
    this.socket = socket;
  }

  /**
   * @param environment of this process
   */
  static Supervisor of(Map<String, String> environment) {
    String address = environment.get("NOTIFY_SOCKET");
    return new Supervisor(
        address == null || address.isEmpty() ? null : new SupervisorSocket(address));
  }

  /**
   * @param patience how long it may take until the node serves
   */
  void starting(Duration patience) {
    tell("STATUS=waiting for the cluster\n" + within(patience));
  }

  void serving() {
    serving = true;
    tell("READY=1\nSTATUS=serving");
  }

  void reloading() {
    if (serving) {
      // The clock that nanoTime reads on Linux is the monotonic one that this is about.
      tell("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
    }
  }

  void reloaded() {
    if (serving) {
      tell("READY=1");
    }
  }

  /**
   * @param patience how long it may take until the process has ended
   */
  void stopping(Duration patience) {
    serving = false;
    tell("STOPPING=1\nSTATUS=letting requests end\n" + within(patience));
  }

  /** Whatever the unit says: settings may ask for more time. */
  private static String within(Duration patience) {
    return "EXTEND_TIMEOUT_USEC=" + TimeUnit.MILLISECONDS.toMicros(patience.toMillis());
  }

  /**
   * Says again and again that the process lives, as long as it is true, if the supervisor wants to
   * hear that.
   *
   * @param environment of this process
   */
  void watchedBy(Map<String, String> environment, Supplier<LoopHealth> loops) {
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    long micros = micros(environment.getOrDefault("WATCHDOG_USEC", ""));
    boolean asked = pid.isEmpty() || pid.equals(Long.toString(ProcessHandle.current().pid()));
    if (socket != null && asked && micros > 0) {
      Thread.ofPlatform()
          .daemon()
          .name("limpet-supervised")
          .start(() -> repeat(Duration.of(micros / 3, ChronoUnit.MICROS), loops));
    }
  }

  private static long micros(String text) {
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC={}: a number of microseconds was expected", text);
      return 0;
    }
  }

  private void repeat(Duration interval, Supplier<LoopHealth> loops) {
    while (true) {
      if (loops.get().lost().isEmpty()) {
        tell("WATCHDOG=1");
      }
      try {
        Thread.sleep(interval);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void tell(String message) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(message);
    } catch (IOException e) {
      LOG.warn(
          "the supervisor has not been told {}: {}",
          message.lines().findFirst().orElse(""),
          e.toString());
    }
  }
}
