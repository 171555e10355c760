package dev.limpet.http.h2;

import akka.Done;
import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.server.ServerTerminator;
import akka.http.scaladsl.settings.ServerSettings;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.util.ByteString;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.InterimResponses;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.h2.frame.FrameScanner;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import scala.concurrent.duration.FiniteDuration;

/** The connections of clients that speak HTTP/2. Thread-safe. */
public final class Http2Connections {

  /** How much of a request's body Akka HTTP is to hold at most, in bytes. */
  public static final int STREAM_BUFFER = 512 * 1024;

  /** The time for requests that are under way when a connection has had its number of them. */
  private static final Duration NO_HURRY = Duration.ofDays(1);

  /** One part in so many of the heap is for what clients do not take. */
  private static final int WAITING_OF_HEAP = 8;

  private final RequestHandler handler;
  private final Settings.Limits limits;
  private final Http2Layer layer;
  private final CutOffs cutOffs = new CutOffs();
  private final WaitingBytes waiting =
      new WaitingBytes(Runtime.getRuntime().maxMemory() / WAITING_OF_HEAP);

  /** Those that are open, by what ends them. */
  private final Map<ServerTerminator, LoopClients> open = new ConcurrentHashMap<>();

  public Http2Connections(
      ActorSystem system,
      akka.http.javadsl.settings.ServerSettings akkaSettings,
      Settings.Limits limits,
      RequestHandler handler,
      LoggingAdapter log) {
    this.handler = handler;
    this.limits = limits;
    this.layer = new Http2Layer(system, (ServerSettings) akkaSettings, limits, log);
  }

  /** How many were cut off, because their clients went too far. */
  public long cutOff() {
    return cutOffs.count();
  }

  /**
   * Serves one until either side ends it.
   *
   * @param clients those of its loop
   */
  public void serve(Connection connection, Settings.Listener listener, LoopClients clients) {
    // Each stream sends its own interim responses.
    InterimResponses none = (_, _, _) -> {};
    Client client = new Client(connection, listener, none, ByteString::emptyByteString, null);
    Http2Client shared =
        new Http2Client(
            client,
            new ClientStreams(new ResetBudget(limits.maxStreams()), waiting.new Share()),
            // Heads that are too large get a 431; only what is far beyond costs the connection.
            new FrameScanner(2 * limits.maxHeadSize()),
            cutOffs);
    Pair<ServerTerminator, CompletionStage<Done>> running =
        clients.run(
            layer
                .create(shared)
                .join(Connection.FLOW)
                .watchTermination(Keep.both())
                .join(
                    Flow.fromGraph(new MultiplexStage(shared, handler, clients, layer.messages()))),
            connection,
            Attributes.none());
    ServerTerminator terminator = running.first();
    shared.onLeave(() -> terminate(terminator, clients, NO_HURRY));
    open.put(terminator, clients);
    running.second().whenComplete((done, failure) -> open.remove(terminator));
  }

  /** Tells the clients to go elsewhere, and waits for their requests. */
  public void goAway(Duration deadline) {
    open.forEach((terminator, clients) -> terminate(terminator, clients, deadline));
  }

  private static void terminate(
      ServerTerminator terminator, LoopClients clients, Duration deadline) {
    terminator.terminate(
        FiniteDuration.apply(deadline.toNanos(), TimeUnit.NANOSECONDS), clients.executionContext());
  }
}
