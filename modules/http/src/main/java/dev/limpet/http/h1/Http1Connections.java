package dev.limpet.http.h1;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.Attributes;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.RunnableGraph;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.Drain;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.Connection;

/** The connections of clients that speak HTTP/1: each is served by a stream of these stages. */
public final class Http1Connections {

  private final Settings.Limits limits;
  private final RunnableGraph<NotUsed> stream;

  public Http1Connections(
      ActorSystem system,
      ServerSettings akkaSettings,
      Settings.Limits limits,
      RequestHandler handler,
      Drain drain,
      LoggingAdapter log) {
    this.limits = limits;
    this.stream =
        Http1Layer.create(system, akkaSettings, log)
            .atop(BidiFlow.fromGraph(new Http1Bridge()))
            .join(Connection.FLOW)
            .join(Flow.fromGraph(new PipelineStage(handler, drain)));
  }

  /**
   * Serves one until either side ends it.
   *
   * @param clients those of its loop
   */
  public void serve(Connection connection, Settings.Listener listener, LoopClients clients) {
    RequestReader reader = new RequestReader(limits, connection.charge());
    Http1Interim interim = new Http1Interim(connection);
    Client client = new Client(connection, listener, interim, reader::takeEarly, null);
    Http1Client shared = new Http1Client(client, reader, interim, clients);
    clients.run(stream, connection, Attributes.apply(shared));
  }
}
