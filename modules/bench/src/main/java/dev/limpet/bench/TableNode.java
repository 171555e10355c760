package dev.limpet.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.typesafe.config.ConfigFactory;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import dev.limpet.settings.SettingsReader;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.slf4j.LoggerFactory;

/**
 * A node of the cluster without traffic, for modules/bench/sessions: takes commands by lines and
 * answers each with a line of JSON. Sessions are numbered, so that every node knows every key.
 */
final class TableNode {

  private static final Duration TTL = Duration.ofHours(2);

  private final ClusterNode cluster;
  private final Sessions sessions;

  private TableNode(ClusterNode cluster) {
    this.cluster = cluster;
    this.sessions = cluster.sessions();
  }

  public static void main(String[] args) throws Exception {
    ((Logger) LoggerFactory.getLogger("ROOT")).setLevel(Level.OFF);
    Settings settings = SettingsReader.read(Path.of(args[0]));
    TableNode node =
        new TableNode(
            ClusterNode.start(
                settings,
                ConfigFactory.parseString(
                    "akka { loggers = [\"akka.event.slf4j.Slf4jLogger\"], stdout-loglevel = off,"
                        + " coordinated-shutdown.run-by-jvm-shutdown-hook = off }"),
                Optional.empty(),
                KubernetesFinder.NONE));
    node.cluster.update(settings);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(node.answer(line.split(" ")));
    }
    System.exit(0);
  }

  private String answer(String[] command) throws InterruptedException {
    return switch (command[0]) {
      case "ready" -> ready();
      case "place" ->
          place(
              Long.parseLong(command[1]),
              Integer.parseInt(command[2]),
              Integer.parseInt(command[3]),
              Settings.Replicate.valueOf(command[4]));
      case "find" -> find(Long.parseLong(command[1]), Integer.parseInt(command[2]));
      case "bind" -> bind(Long.parseLong(command[1]));
      case "await" -> await(Long.parseLong(command[1]));
      case "size" ->
          "{\"size\":%d,\"quorum_failures\":%d}"
              .formatted(sessions.size(), sessions.counters().quorumFailureCount());
      default -> throw new IllegalArgumentException(command[0]);
    };
  }

  /** How long after the process's start the node was ready. */
  private String ready() throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(1);
    cluster.subscribe(
        snapshot -> {
          if (snapshot.readiness().ready()) {
            ready.countDown();
          }
        });
    ready.await();
    return "{\"ready_ms\":%d,\"sessions\":%d}"
        .formatted(ManagementFactory.getRuntimeMXBean().getUptime(), sessions.size());
  }

  private String place(long from, int count, int inFlight, Settings.Replicate replicate)
      throws InterruptedException {
    Semaphore free = new Semaphore(inFlight);
    long[] nanos = new long[count];
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      free.acquire();
      int at = i;
      long begun = System.nanoTime();
      sessions
          .bind(key(from + i), 1 + (from + i) % 3, TTL, replicate)
          .whenComplete(
              (placed, failure) -> {
                nanos[at] = System.nanoTime() - begun;
                free.release();
              });
    }
    free.acquire(inFlight);
    double seconds = (System.nanoTime() - start) / 1e9;
    Arrays.sort(nanos);
    return "{\"placements_per_second\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}"
        .formatted(
            (long) (count / seconds),
            nanos[count / 2] / 1e6,
            nanos[(int) (count * 0.99)] / 1e6,
            nanos[count - 1] / 1e6);
  }

  /**
   * Sessions that are looked for at random, in a table that is much larger than caches; and what it
   * costs to know that the answer is the cluster's.
   */
  private String find(long sessionCount, int lookUps) {
    SplittableRandom random = new SplittableRandom(1);
    SessionKey[] keys = new SessionKey[1 << 16];
    long finding = 0;
    long checking = 0;
    long found = 0;
    long current = 0;
    for (int done = 0; done < 2 * lookUps; done += keys.length) {
      for (int i = 0; i < keys.length; i++) {
        keys[i] = key(random.nextLong(sessionCount));
      }
      long start = System.nanoTime();
      for (SessionKey key : keys) {
        found += sessions.find(key, TTL) == null ? 0 : 1;
      }
      long between = System.nanoTime();
      for (SessionKey key : keys) {
        current += sessions.isCurrent(key) ? 1 : 0;
      }
      if (done >= lookUps) {
        // The first half warms the code up.
        finding += between - start;
        checking += System.nanoTime() - between;
      }
    }
    return "{\"look_up_ns\":%.0f,\"is_current_ns\":%.0f,\"found\":%.3f,\"current\":%.3f}"
        .formatted(
            (double) finding / lookUps,
            (double) checking / lookUps,
            found / 2.0 / lookUps,
            current / 2.0 / lookUps);
  }

  /** Answers with the time at which a new session was bound. */
  private String bind(long number) {
    sessions.bind(key(number), 1, TTL, Settings.Replicate.QUORUM).toCompletableFuture().join();
    return "{\"nanos\":%d}".formatted(System.nanoTime());
  }

  /** Answers with the time at which the session was known here; the clock is the machine's. */
  private String await(long number) {
    while (sessions.find(key(number), TTL) == null) {
      Thread.onSpinWait();
    }
    return "{\"nanos\":%d}".formatted(System.nanoTime());
  }

  private static SessionKey key(long number) {
    SplittableRandom bits = new SplittableRandom(number * SplitMix64.GOLDEN_GAMMA);
    return new SessionKey(bits.nextLong(), bits.nextLong());
  }
}
