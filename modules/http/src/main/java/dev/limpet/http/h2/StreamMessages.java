package dev.limpet.http.h2;

import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.impl.engine.rendering.DateHeaderRendering;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.scaladsl.model.HttpEntity;
import akka.http.scaladsl.model.HttpEntity$;
import akka.http.scaladsl.model.HttpProtocol;
import akka.http.scaladsl.model.HttpProtocols$;
import akka.http.scaladsl.model.HttpRequest$;
import akka.http.scaladsl.model.RequestEntity;
import akka.http.scaladsl.model.Uri;
import akka.http.scaladsl.model.Uri$;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.http.message.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.ArraySeq;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.util.Either;
import scala.util.Left;
import scala.util.Right;

/**
 * The translation between the streams of HTTP/2 and messages in the form that they have over
 * HTTP/1.1, so that nobody behind needs to know the difference. Akka HTTP's own would read headers,
 * and write others.
 */
final class StreamMessages {

  private static final HttpProtocol HTTP_2 = HttpProtocols$.MODULE$.HTTP$div2$u002E0();
  private static final Uri ROOT = Uri$.MODULE$.$div();

  private static final Either<ByteString, akka.stream.scaladsl.Source<Object, Object>> NO_DATA =
      new Left<>(ByteString.emptyByteString());

  private final DateHeaderRendering dates;

  /**
   * @param dates for responses that have no Date
   */
  StreamMessages(DateHeaderRendering dates) {
    this.dates = dates;
  }

  static HttpRequest request(Http2SubStream stream, RequestHead head) {
    return head.withTrailers(
        HttpRequest$.MODULE$.apply(
            head.method(), ROOT, head.headers(), entity(stream, head.length()), HTTP_2));
  }

  /** The bytes that a request's stream carries behind the head. */
  @SuppressWarnings("unchecked") // a request's stream has no other elements
  static Source<ByteString, ?> data(Http2SubStream stream) {
    return stream.data().isLeft()
        ? Source.empty()
        : (Source<ByteString, ?>) (Source<?, ?>) stream.data().toOption().get().asJava();
  }

  /** The request's body. A head that announces none has none: nothing is waited for. */
  private static RequestEntity entity(Http2SubStream stream, long length) {
    if (length == 0) {
      return HttpEntity$.MODULE$.Empty();
    }
    Source<ByteString, ?> bytes = data(stream);
    return length == RequestHead.CHUNKED
        ? (RequestEntity) HttpEntities.createChunked(ContentTypes.NO_CONTENT_TYPE, bytes)
        : (RequestEntity) HttpEntities.create(ContentTypes.NO_CONTENT_TYPE, length, bytes);
  }

  /**
   * @param headOnly whether the request was a HEAD
   * @param gate counts what is on its way to the client, and holds back what there is no room for;
   *     null where nobody will send it
   * @param breakOff hears behind how many bytes a body breaks off that does; the stream is to be
   *     reset
   */
  Http2SubStream response(
      int stream,
      boolean headOnly,
      HttpResponse response,
      Outflow.@Nullable Gate gate,
      GatedBodyStage.BreakOff breakOff) {
    ResponseEntity entity = response.entity();
    boolean ended = headOnly || entity.isKnownEmpty();
    List<Tuple2<String, Object>> fields = new ArrayList<>();
    fields.add(new Tuple2<>(":status", Integer.toString(response.status().intValue())));
    boolean measured = false;
    boolean dated = false;
    for (HttpHeader line : response.getHeaders()) {
      String name = line.name().toLowerCase(Locale.ROOT);
      measured |= name.equals("content-length");
      dated |= name.equals("date");
      fields.add(new Tuple2<>(name, line.value()));
    }
    if (!entity.getContentType().equals(ContentTypes.NO_CONTENT_TYPE)) {
      fields.add(new Tuple2<>("content-type", entity.getContentType().toString()));
    }
    if (!measured && !entity.isKnownEmpty() && entity.getContentLengthOption().isPresent()) {
      long length = entity.getContentLengthOption().getAsLong();
      fields.add(new Tuple2<>("content-length", Long.toString(length)));
    }
    if (!dated) {
      fields.add(new Tuple2<>("date", dates.renderHeaderValue()));
    }
    return Http2SubStream.apply(
        headers(stream, ended, fields),
        null,
        ended ? NO_DATA : data(entity, gate, breakOff),
        Map$.MODULE$.empty());
  }

  @SuppressWarnings("unchecked") // a stream's data are what Akka HTTP makes frames of
  private static Either<ByteString, akka.stream.scaladsl.Source<Object, Object>> data(
      ResponseEntity entity, Outflow.@Nullable Gate gate, GatedBodyStage.BreakOff breakOff) {
    if (entity instanceof HttpEntity.Strict strict) {
      if (gate != null) {
        gate.given(strict.data().size());
      }
      return new Left<>(strict.data());
    }
    Source<?, ?> parts =
        entity instanceof HttpEntity.Chunked chunked ? chunked.getChunks() : entity.getDataBytes();
    return new Right<>(
        ((Source<Object, Object>) parts).via(new GatedBodyStage(gate, breakOff)).asScala());
  }

  /** An interim response (RFC 9110, 15.2). */
  static FrameEvent.ParsedHeadersFrame interim(
      int stream, int status, Iterable<? extends HttpHeader> headers) {
    List<Tuple2<String, Object>> fields = new ArrayList<>();
    fields.add(new Tuple2<>(":status", Integer.toString(status)));
    headers.forEach(
        line -> fields.add(new Tuple2<>(line.name().toLowerCase(Locale.ROOT), line.value())));
    return headers(stream, false, fields);
  }

  private static FrameEvent.ParsedHeadersFrame headers(
      int stream, boolean ended, List<Tuple2<String, Object>> fields) {
    Seq<Tuple2<String, Object>> all = ArraySeq.unsafeWrapArray(fields.toArray(Tuple2[]::new));
    return new FrameEvent.ParsedHeadersFrame(stream, ended, all, Option.empty(), Option.empty());
  }
}
