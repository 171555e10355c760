package dev.limpet.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.limpet.http.FrontEnd;
import dev.limpet.model.settings.Settings;
import dev.limpet.persistence.journal.Storage;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Sets the log up as the settings say: our own lines at their level, libraries' only from warn. */
final class Logging {

  private Logging() {}

  /**
   * Until there are settings, and for commands that have none, nothing is logged: commands say
   * themselves what is wrong, and Logback by itself would print every line of Netty's.
   */
  static void off() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
  }

  static void configure(Settings settings) {
    Settings.Log log = settings.log();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setEncoder(encoder(settings, context));
    console.start();
    QueuedAppender queued = new QueuedAppender();
    queued.setContext(context);
    queued.addAppender(console);
    queued.start();

    Level level = Level.toLevel(log.level());
    boolean detailed = !level.isGreaterOrEqual(Level.INFO);
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(queued);
    root.setLevel(detailed ? level : Level.WARN);
    context.getLogger("dev.limpet").setLevel(level);
    // While no file is left, it says so as fast as it can: for each connection that waits at the
    // admin or cluster port.
    context.getLogger("akka.io.TcpListener").setLevel(Level.OFF);
    if (!detailed) {
      // What an operator needs to know of nodes that come and go, we say ourselves. And a broken
      // response of a server's is that server's matter.
      for (String noisy :
          List.of(
              "akka.remote",
              "akka.cluster",
              "akka.stream",
              FrontEnd.AKKA_LOG,
              Storage.AKKA_LOG,
              "com.zaxxer")) {
        context.getLogger(noisy).setLevel(Level.OFF);
      }
    }
  }

  /**
   * Writes what waits, for as long as somebody takes it, but for a second at most; nothing is
   * logged after that.
   */
  static void close() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  /** Lines that were never written, since the start. */
  static long dropped() {
    return QueuedAppender.dropped();
  }

  private static Encoder<ILoggingEvent> encoder(Settings settings, LoggerContext context) {
    if (settings.log().json()) {
      JsonLines json = new JsonLines(settings.node().name());
      json.setContext(context);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%n%ex{short}");
    text.start();
    return text;
  }
}
