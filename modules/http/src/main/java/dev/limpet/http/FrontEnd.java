package dev.limpet.http;

import akka.actor.ActorSystem;
import akka.event.Logging;
import akka.event.LoggingAdapter;
import akka.http.javadsl.settings.ServerSettings;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.http.client.Drain;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.h1.Http1Connections;
import dev.limpet.http.h2.Http2Connections;
import dev.limpet.http.message.HeaderLine;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.Connection;
import dev.limpet.transport.loop.EventLoops;
import java.time.Duration;
import java.util.List;

/** All connections of clients, whatever they speak. */
public final class FrontEnd {

  /**
   * The logger of what Akka HTTP has to say, which is mostly that a client or a server broke off.
   */
  public static final String AKKA_LOG = "dev.limpet.http.akka";

  private final List<LoopClients> clients;
  private final Drain drain = new Drain();
  private final Http1Connections http1;
  private final Http2Connections http2;

  public FrontEnd(ActorSystem system, Settings.Limits limits, RequestHandler handler) {
    this.clients =
        EventLoops.of(system).all().stream().map(loop -> new LoopClients(system, loop)).toList();
    ServerSettings akkaSettings = ServerSettings.create(system);
    // Broken requests and clients that go away are everyday: they do not belong in the log.
    LoggingAdapter quiet = Logging.getLogger(system, AKKA_LOG);
    this.http1 = new Http1Connections(system, akkaSettings, limits, handler, drain, quiet);
    this.http2 = new Http2Connections(system, akkaSettings, limits, handler, quiet);
  }

  /** Akka HTTP's settings that make it a transparent proxy within the given limits. */
  public static Config akkaConfig(Settings settings) {
    Settings.Limits limits = settings.limits();
    return ConfigFactory.parseString(
        """
        akka.http.server {
          request-timeout = off
          server-header = ""
          raw-request-uri-header = on
          transparent-head-requests = off
          parsing.max-content-length = infinite
          parsing.error-handler = "%s"
        }
        akka.http.parsing {
          modeled-header-parsing = off
          uri-parsing-mode = relaxed
          max-uri-length = %d
          max-header-count = %d
          max-header-name-length = %d
          max-header-value-length = %d
          max-chunk-size = 16m
          error-logging-verbosity = off
        }
        akka.http.server.http2 {
          max-concurrent-streams = %d
          incoming-stream-level-buffer-size = %d
          incoming-connection-level-buffer-size = 2M
          # It counts those of clients only, and ours for their mistakes.
          max-resets = 2147483647
        }
        """
            .formatted(
                Refusals.class.getName(),
                limits.maxTargetSize(),
                limits.maxHeaderCount(),
                HeaderLine.MAX_NAME,
                limits.maxHeaderSize(),
                limits.maxStreams(),
                Http2Connections.STREAM_BUFFER));
  }

  /** From now on each response is the last of its connection, and says so. */
  public void drain() {
    drain.begin();
  }

  /** While draining: connections on which nothing is asked any more are closed, too. */
  public void closeIdle() {
    drain.closeIdle();
  }

  /** HTTP/2 clients that were told to calm down and cut off. */
  public long cutOff() {
    return http2.cutOff();
  }

  /** Tells the clients that speak HTTP/2 to go elsewhere, and waits for their requests. */
  public void goAway(Duration deadline) {
    http2.goAway(deadline);
  }

  /** Serves one connection until either side ends it. */
  public void serve(Connection connection, Settings.Listener listener) {
    LoopClients ofLoop = clients.get(connection.loop().index());
    switch (connection.protocol()) {
      case HTTP_1 -> http1.serve(connection, listener, ofLoop);
      case HTTP_2 -> http2.serve(connection, listener, ofLoop);
    }
  }
}
