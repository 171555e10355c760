package dev.limpet.http;

import akka.Done;
import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.Logging;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.server.ServerTerminator;
import akka.http.javadsl.settings.ServerSettings;
import akka.japi.Pair;
import akka.stream.ActorMaterializer;
import akka.stream.ActorMaterializerSettings;
import akka.stream.Attributes;
import akka.stream.Materializer;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.RunnableGraph;
import akka.util.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.Drain;
import dev.limpet.http.client.InterimResponses;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.h1.ExchangeStage;
import dev.limpet.http.h1.Http1Bridge;
import dev.limpet.http.h1.Http1Client;
import dev.limpet.http.h1.Http1Interim;
import dev.limpet.http.h1.Http1Layer;
import dev.limpet.http.h1.RequestReader;
import dev.limpet.http.h2.ClientStreams;
import dev.limpet.http.h2.Http2Layer;
import dev.limpet.http.h2.MultiplexStage;
import dev.limpet.http.h2.ResetBudget;
import dev.limpet.http.h2.WaitingBytes;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.Connection;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import scala.concurrent.duration.FiniteDuration;

/** Speaks HTTP with clients: Akka HTTP's server layers joined to a connection of ours. */
public final class FrontEnd {

  /** What is under way when a connection has had its number of requests may take what it takes. */
  private static final Duration NO_HURRY = Duration.ofDays(1);

  /** One part in so many of the heap is for what HTTP/2 clients do not take. */
  private static final int WAITING_OF_HEAP = 8;

  private final RequestHandler handler;
  private final Settings.Limits limits;
  private final List<LoopClients> clients;
  private final Drain drain = new Drain();
  private final List<Materializer> materializers;
  private final RunnableGraph<NotUsed> http1;
  private final Http2Layer http2;
  private final WaitingBytes waiting =
      new WaitingBytes(Runtime.getRuntime().maxMemory() / WAITING_OF_HEAP);

  /** The HTTP/2 connections that are open. */
  private final Set<ServerTerminator> terminators = ConcurrentHashMap.newKeySet();

  public FrontEnd(ActorSystem system, Settings.Limits limits, RequestHandler handler) {
    this.handler = handler;
    this.limits = limits;
    List<Loop> loops = EventLoops.of(system).all();
    this.clients = loops.stream().map(LoopClients::new).toList();
    this.materializers = loops.stream().map(loop -> materializer(system, loop)).toList();
    this.http1 =
        Http1Layer.create(system, ServerSettings.create(system), quiet(system))
            .atop(BidiFlow.fromGraph(new Http1Bridge()))
            .join(Connection.FLOW)
            .join(Flow.fromGraph(new ExchangeStage(handler, drain)));
    this.http2 =
        new Http2Layer(
            system,
            (akka.http.scaladsl.settings.ServerSettings) ServerSettings.create(system),
            limits,
            quiet(system));
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
                limits.maxHeaderSize(),
                limits.maxStreams(),
                ClientStreams.STREAM_BUFFER));
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
    return http2.cutOffs().count();
  }

  /** Serves one connection until either side ends it. */
  public void serve(Connection connection, Settings.Listener listener) {
    switch (connection.protocol()) {
      case HTTP_1 -> serveHttp1(connection, listener);
      case HTTP_2 -> serveHttp2(connection, listener);
    }
  }

  /** Tells the clients that speak HTTP/2 to go elsewhere, and waits for their requests. */
  public void goAway(Duration deadline) {
    terminators.forEach(terminator -> terminate(terminator, deadline));
  }

  private void terminate(ServerTerminator terminator, Duration deadline) {
    FiniteDuration patience = FiniteDuration.apply(deadline.toNanos(), TimeUnit.NANOSECONDS);
    terminator.terminate(patience, materializers.getFirst().executionContext());
  }

  private void serveHttp1(Connection connection, Settings.Listener listener) {
    RequestReader reader = new RequestReader(limits, connection.charge());
    Http1Interim interim = new Http1Interim(connection);
    Client client = new Client(connection, listener, interim, reader::takeEarly, null);
    Http1Client session =
        new Http1Client(client, reader, interim, clients.get(connection.loop().index()));
    run(connection, http1, Attributes.apply(session));
  }

  private void serveHttp2(Connection connection, Settings.Listener listener) {
    // Each stream sends its own interim responses.
    InterimResponses none = (_, _, _) -> {};
    Client client = new Client(connection, listener, none, ByteString::emptyByteString, null);
    ClientStreams streams =
        new ClientStreams(new ResetBudget(limits.maxStreams()), waiting.new Share());
    MultiplexStage exchanges =
        new MultiplexStage(
            client, handler, clients.get(connection.loop().index()), streams, http2.messages());
    Pair<ServerTerminator, CompletionStage<Done>> running =
        run(
            connection,
            http2
                .create(client, streams, exchanges)
                .join(Connection.FLOW)
                .watchTermination(Keep.both())
                .join(Flow.fromGraph(exchanges)),
            Attributes.none());
    ServerTerminator terminator = running.first();
    exchanges.onLeave(() -> terminate(terminator, NO_HURRY));
    terminators.add(terminator);
    running.second().whenComplete((done, failure) -> terminators.remove(terminator));
  }

  private <M> M run(Connection connection, RunnableGraph<M> graph, Attributes more) {
    return graph
        .withAttributes(Attributes.apply(connection).and(more))
        .run(materializers.get(connection.loop().index()));
  }

  /**
   * Runs streams on a loop, and there also the actor that watches over them: else each connection
   * would wake another thread when it ends. No other way to make one takes settings.
   */
  @SuppressWarnings("deprecation")
  private static Materializer materializer(ActorSystem system, Loop loop) {
    ActorMaterializerSettings settings =
        ActorMaterializerSettings.create(system).withDispatcher(loop.dispatcherId());
    return ActorMaterializer.create(settings, system, "loop-" + loop.index());
  }

  /** Broken requests and clients that go away are everyday: they do not belong in the log. */
  private static LoggingAdapter quiet(ActorSystem system) {
    return Logging.getLogger(system, "dev.limpet.proxy.http");
  }
}
