package dev.limpet.proxy.akkahttp;

import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.http2.Http2Blueprint;
import akka.http.impl.engine.http2.NoOpTelemetry$;
import akka.http.impl.engine.http2.TelemetrySpi;
import akka.http.impl.engine.rendering.DateHeaderRendering;
import akka.http.impl.engine.server.ServerTerminator;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.javadsl.BidiFlow;
import akka.util.ByteString;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;

/**
 * Akka HTTP's HTTP/2 server stack. There is no public way to run it on a transport of one's own:
 * the public API binds Akka's TCP.
 */
final class Http2Layer {

  private Http2Layer() {}

  /** One for all connections: making one builds the header parser's tables, which are big. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  static BidiFlow<HttpResponse, ByteString, ByteString, HttpRequest, ServerTerminator> create(
      ActorSystem system, ServerSettings settings, LoggingAdapter log) {
    TelemetrySpi telemetry = (TelemetrySpi) (Object) NoOpTelemetry$.MODULE$;
    DateHeaderRendering dates =
        DateHeaderRendering.apply(
            system.scheduler(), () -> System.currentTimeMillis(), system.dispatcher());
    // Its messages are those of the Scala API, which are messages of the Java API, too.
    akka.stream.scaladsl.BidiFlow stack =
        Http2Blueprint.serverStack(
            (akka.http.scaladsl.settings.ServerSettings) settings,
            log,
            (Seq) Nil$.MODULE$,
            false,
            telemetry,
            dates);
    return new BidiFlow(stack);
  }
}
