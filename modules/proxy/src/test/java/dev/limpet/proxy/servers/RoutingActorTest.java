package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** An actor that fails says so and starts anew, and requests never notice. */
class RoutingActorTest {

  @Test
  void whatWasPublishedIsServedUntilItHasStartedAnew() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(RoutingActor.class);
    logger.addAppender(log);
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy = new ProxyFixture(a.port(), b.port())) {
      for (int i = 0; i < 3; i++) {
        int failures = i;
        proxy.cluster().garble();
        await().until(() -> failures(log) > failures);
        for (int j = 0; j < 10; j++) {
          assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ");
        }
      }
      proxy.cluster().dead(a.port());
      await()
          .until(
              () ->
                  Stream.generate(() -> proxy.get("/"))
                      .limit(4)
                      .allMatch(got -> got.endsWith("b")));
      proxy.cluster().up(a.port());
      await()
          .until(
              () ->
                  Stream.generate(() -> proxy.get("/"))
                      .limit(4)
                      .anyMatch(got -> got.endsWith("a")));
    } finally {
      logger.detachAppender(log);
    }
  }

  private static long failures(ListAppender<ILoggingEvent> log) {
    return List.copyOf(log.list).stream()
        .filter(
            line -> line.getFormattedMessage().contains("upstream app has failed and starts anew"))
        .count();
  }
}
