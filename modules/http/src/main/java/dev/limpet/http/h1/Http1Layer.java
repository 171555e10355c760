package dev.limpet.http.h1;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.rendering.DateHeaderRendering;
import akka.http.impl.engine.rendering.ResponseRenderingOutput;
import akka.http.impl.engine.server.HttpServerBluePrint;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.TLSProtocol;
import akka.stream.javadsl.BidiFlow;

/**
 * Akka HTTP's HTTP/1.1 server layer, of the parts that the public one is made of, without those
 * that have nothing to do here: WebSockets and other upgrades leave Akka HTTP's path, TLS is the
 * transport's, time limits are ours. Each stage that bytes pass costs as much as a small part of a
 * request, so the public layer would take about a fifth longer.
 */
final class Http1Layer {

  private Http1Layer() {}

  /** One for all connections: making one builds the header parser's tables, which are big. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  public static BidiFlow<
          HttpResponse, ResponseRenderingOutput, TLSProtocol.SessionBytes, HttpRequest, NotUsed>
      create(ActorSystem system, ServerSettings settings, LoggingAdapter log) {
    var own = (akka.http.scaladsl.settings.ServerSettings) settings;
    DateHeaderRendering dates =
        DateHeaderRendering.apply(
            system.scheduler(), () -> System.currentTimeMillis(), system.dispatcher());
    BidiFlow guard = new BidiFlow<>(HttpServerBluePrint.userHandlerGuard(own.pipeliningLimit()));
    return guard
        .atop(new BidiFlow<>(HttpServerBluePrint.requestPreparation(own)))
        .atop(new BidiFlow<>(HttpServerBluePrint.controller(own, log)))
        .atop(new BidiFlow<>(HttpServerBluePrint.parsingRendering(own, log, false, dates)));
  }
}
