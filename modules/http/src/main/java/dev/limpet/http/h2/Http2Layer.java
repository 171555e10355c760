package dev.limpet.http.h2;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.event.LoggingAdapter;
import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2Blueprint;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.impl.engine.http2.hpack.HeaderCompression$;
import akka.http.impl.engine.rendering.DateHeaderRendering;
import akka.http.impl.engine.server.ServerTerminator;
import akka.http.scaladsl.settings.Http2ServerSettings;
import akka.http.scaladsl.settings.ServerSettings;
import akka.stream.Attributes;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import dev.limpet.model.settings.Settings;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;

/**
 * Akka HTTP's frames and streams of HTTP/2, put together with our own stages; what is in them is
 * ours to read and to write ({@link HeadDecoder}, {@link StreamMessages}). There is no public way
 * to run them on a transport of one's own: the public API binds Akka's TCP.
 */
final class Http2Layer {

  private final Settings.Limits limits;
  private final StreamMessages messages;
  private final BidiFlow<Http2SubStream, FrameEvent, FrameEvent, Http2SubStream, ServerTerminator>
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
    this.messages = new StreamMessages(dates);
    this.streams = new BidiFlow<>(Http2Blueprint.serverDemux(http2, (Seq) Nil$.MODULE$, false));
    BidiFlow<FrameEvent, FrameEvent, FrameEvent, FrameEvent, NotUsed> compression =
        BidiFlow.fromFlows(Flow.fromGraph(HeaderCompression$.MODULE$), Flow.of(FrameEvent.class));
    this.frames =
        compression
            .atop(new BidiFlow<>(Http2Blueprint.framing(http2, log)))
            .atop(new BidiFlow<>(Http2Blueprint.errorHandling(log)))
            // Clients that send nonsense must not fill the log.
            .addAttributes(
                Attributes.createLogLevels(
                    Attributes.logLevelOff(), Attributes.logLevelOff(), Attributes.logLevelOff()));
  }

  /** Between what streams carry and what is made of it. */
  StreamMessages messages() {
    return messages;
  }

  /** The stages that serve one connection. */
  BidiFlow<Http2SubStream, ByteString, ByteString, Http2SubStream, ServerTerminator> create(
      Http2Client client) {
    return streams
        .atop(BidiFlow.fromGraph(new StreamStage(limits, client)))
        .atop(frames)
        .atop(BidiFlow.fromGraph(new Http2Guard(client)));
  }
}
