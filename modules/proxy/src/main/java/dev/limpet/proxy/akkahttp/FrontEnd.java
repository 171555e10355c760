package dev.limpet.proxy.akkahttp;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.Logging;
import akka.event.LoggingAdapter;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.ActorAttributes;
import akka.stream.Materializer;
import akka.stream.TLSProtocol;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.TLSPlacebo;
import akka.util.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.Settings;
import dev.limpet.transport.Connection;
import dev.limpet.transport.EventLoops;
import java.util.List;
import java.util.Optional;

/** Speaks HTTP/1.1 with clients: Akka HTTP's server layer joined to a connection of ours. */
public final class FrontEnd {

  private final RequestHandler handler;
  private final List<LoopClients> clients;
  private final Drain drain = new Drain();
  private final Materializer materializer;
  private final BidiFlow<HttpResponse, ByteString, ByteString, HttpRequest, NotUsed>
      layer;

  public FrontEnd(ActorSystem system, RequestHandler handler) {
    this.handler = handler;
    this.clients = EventLoops.of(system).all().stream().map(LoopClients::new).toList();
    this.materializer = Materializer.matFromSystem(system);
    // One layer for all connections: making one builds the header parser's tables, which are big.
    BidiFlow<HttpResponse, TLSProtocol.SslTlsOutbound, TLSProtocol.SslTlsInbound,
            HttpRequest, NotUsed>
        http =
            Http.get(system)
                .serverLayer(
                    ServerSettings.create(system), Optional.empty(), quiet(system));
    this.layer = http.atop(plainText());
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
          max-header-name-length = 256
          max-header-value-length = %d
          max-chunk-size = 16m
          error-logging-verbosity = off
        }
        """
            .formatted(
                Refusals.class.getName(),
                limits.maxTargetSize(),
                limits.maxHeaderCount(),
                limits.maxHeaderSize()));
  }

  /** From now on each response is the last of its connection, and says so. */
  public void drain() {
    drain.begin();
  }

  /** While draining: connections on which nothing is asked any more are closed, too. */
  public void closeIdle() {
    drain.closeIdle();
  }

  /** Serves one connection until either side ends it. */
  public void serve(Connection connection, Settings.Listener listener) {
    Client client = new Client(connection.loop(), connection.remote(), listener.name());
    Flow<HttpRequest, HttpResponse, NotUsed> exchange =
        Flow.fromGraph(
            new ExchangeStage(
                client, handler, listener, clients.get(connection.loop().index()), drain));
    layer
        .join(connection.flow())
        .join(exchange)
        .withAttributes(ActorAttributes.dispatcher(connection.loop().dispatcherId()))
        .run(materializer);
  }

  /** The session bytes it gives are one kind of what the server layer takes. */
  @SuppressWarnings("unchecked")
  private static BidiFlow<
          TLSProtocol.SslTlsOutbound, ByteString, ByteString, TLSProtocol.SslTlsInbound, NotUsed>
      plainText() {
    BidiFlow<?, ?, ?, ?, ?> placebo = TLSPlacebo.getInstance();
    return (BidiFlow<
            TLSProtocol.SslTlsOutbound,
            ByteString,
            ByteString,
            TLSProtocol.SslTlsInbound,
            NotUsed>)
        placebo;
  }

  /** Broken requests and clients that go away are everyday: they do not belong in the log. */
  private static LoggingAdapter quiet(ActorSystem system) {
    return Logging.getLogger(system, "dev.limpet.proxy.http");
  }
}
