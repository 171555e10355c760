package dev.limpet.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorSystem;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.typesafe.config.ConfigFactory;
import dev.limpet.transport.report.Faults;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Loops that stand still, and what they throw. */
class LoopWatchdogTest {

  private static final ActorSystem SYSTEM =
      ActorSystem.create(
          "test",
          EventLoops.dispatcherConfig(2, 0)
              .withFallback(
                  ConfigFactory.parseString("akka.loglevel = off, akka.stdout-loglevel = off"))
              .withFallback(ConfigFactory.load()));

  private final EventLoops loops = EventLoops.of(SYSTEM);

  @AfterAll
  static void stop() {
    SYSTEM.terminate();
    SYSTEM.getWhenTerminated().toCompletableFuture().join();
  }

  @Test
  void saysWhereALoopStandsStillAndWhetherItComesBack() {
    LoopWatchdog watchdog =
        new LoopWatchdog(loops.all(), Duration.ofMillis(800), Duration.ofMillis(1500));
    CountDownLatch released = new CountDownLatch(1);
    try (Lines lines = new Lines(LoopWatchdog.class)) {
      loops.all().get(1).executor().execute(() -> standStill(released));
      await().until(() -> lines.text().contains("LoopWatchdogTest.standStill"));
      assertThat(lines.text()).contains("loop 1 has not turned for ");
      assertThat(watchdog.stalls()).isPositive();
      await().until(() -> watchdog.lost().contains("loop 1 stands still for "));
      released.countDown();
      await().until(() -> watchdog.lost().isEmpty());
      await().until(() -> lines.text().contains("loop 1 turns again"));
    } finally {
      released.countDown();
      watchdog.end();
    }
  }

  @Test
  void aTaskThatThrowsGoesOn() {
    AtomicInteger runs = new AtomicInteger();
    long before = loops.health().faults();
    try (Lines lines = new Lines(Faults.class)) {
      loops
          .all()
          .getFirst()
          .every(
              Duration.ofMillis(1),
              () -> {
                if (runs.incrementAndGet() <= 20) {
                  throw new StackOverflowError("as the test wants it");
                }
              });
      await().until(() -> runs.get() > 30);
      assertThat(loops.health().faults()).isEqualTo(before + 20);
      assertThat(lines.text()).containsOnlyOnce("as the test wants it");
    }
  }

  private static void standStill(CountDownLatch released) {
    try {
      assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What a class logs. */
  private static final class Lines implements AutoCloseable {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent line) {
            lines.add(line.getFormattedMessage());
          }
        };

    Lines(Class<?> of) {
      logger = (Logger) LoggerFactory.getLogger(of);
      appender.start();
      logger.addAppender(appender);
    }

    String text() {
      return String.join("\n", lines);
    }

    @Override
    public void close() {
      logger.detachAppender(appender);
    }
  }
}
