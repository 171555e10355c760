package dev.limpet.proxy.akkahttp;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2Blueprint;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.impl.engine.http2.ResponseRendering;
import akka.http.impl.engine.http2.hpack.HeaderCompression$;
import akka.http.impl.engine.rendering.DateHeaderRendering;
import akka.http.impl.engine.server.ServerTerminator;
import akka.http.javadsl.model.HttpResponse;
import akka.http.scaladsl.settings.Http2ServerSettings;
import akka.http.scaladsl.settings.ServerSettings;
import akka.stream.Attributes;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.util.ByteString;
import dev.limpet.model.Settings;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;

/**
 * Akka HTTP's HTTP/2 server stack, put together with our own stages in it. There is no public way to
 * run it on a transport of one's own: the public API binds Akka's TCP.
 */
final class Http2Layer {

  private final Settings.Limits limits;
  private final BidiFlow<
          HttpResponse, FrameEvent, FrameEvent, Http2SubStream, ServerTerminator>
      streams;
  private final BidiFlow<FrameEvent, ByteString, ByteString, FrameEvent, NotUsed> frames;

  @SuppressWarnings({"unchecked", "rawtypes"})
  Http2Layer(
      ActorSystem system, ServerSettings settings, Settings.Limits limits, LoggingAdapter log) {
    this.limits = limits;
    Http2ServerSettings http2 = settings.http2Settings();
    DateHeaderRendering dates =
        DateHeaderRendering.apply(
            system.scheduler(), () -> System.currentTimeMillis(), system.dispatcher());
    ResponseRendering rendering = new ResponseRendering(settings, log, dates);
    BidiFlow<HttpResponse, Http2SubStream, Http2SubStream, Http2SubStream, NotUsed> responses =
        BidiFlow.fromFlows(
            Flow.of(HttpResponse.class)
                .map(
                    response ->
                        rendering.apply((akka.http.scaladsl.model.HttpResponse) response)),
            Flow.of(Http2SubStream.class));
    BidiFlow<Http2SubStream, FrameEvent, FrameEvent, Http2SubStream, ServerTerminator> demux =
        new BidiFlow<>(Http2Blueprint.serverDemux(http2, (Seq) Nil$.MODULE$, false));
    this.streams = responses.atop(demux, Keep.right());
    BidiFlow<FrameEvent, FrameEvent, FrameEvent, FrameEvent, NotUsed> compression =
        BidiFlow.fromFlows(
            Flow.fromGraph(HeaderCompression$.MODULE$), Flow.of(FrameEvent.class));
    this.frames =
        compression
            .atop(new BidiFlow<>(Http2Blueprint.framing(http2, log)))
            .atop(new BidiFlow<>(Http2Blueprint.errorHandling(log)))
            // Clients that send nonsense must not fill the log.
            .addAttributes(
                Attributes.createLogLevels(
                    Attributes.logLevelOff(),
                    Attributes.logLevelOff(),
                    Attributes.logLevelOff()));
  }

  /** What serves one connection. */
  BidiFlow<HttpResponse, ByteString, ByteString, Http2SubStream, ServerTerminator> create(
      ClientStreams table, MultiplexStage exchanges) {
    return streams
        .atop(BidiFlow.fromGraph(new StreamStage(limits, table, exchanges)))
        .atop(frames)
        // Heads that are too large get a 431; only what is far beyond costs the connection.
        .atop(BidiFlow.fromGraph(new Http2Guard(2 * limits.maxHeadSize())));
  }
}
