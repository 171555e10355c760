package dev.limpet.http.h2;

import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.stream.javadsl.Sink;
import dev.limpet.http.client.BodyRate;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.ExtendedConnect;
import dev.limpet.http.client.InterimResponses;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.client.Stall;
import dev.limpet.http.message.RequestHead;
import dev.limpet.http.message.WebSocketKey;
import dev.limpet.transport.tunnel.StreamTunnel;
import dev.limpet.transport.tunnel.TunnelSide;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** The request of one stream, and what is done for it. On the connection's loop. */
final class StreamRequest implements InterimResponses, ExtendedConnect, StreamTunnel.Control {

  /** The memory of a request that is under way, beside its body. */
  private static final int BYTES = 16 * 1024;

  private final MultiplexStage.Logic stage;
  private final Client client;
  private final ClientStreams streams;
  private final int stream;
  private final Http2SubStream carried;
  private final RequestHead head;
  private final Stall sending;
  private final Stall taking;
  private final BodyRate bodyRate;
  private RequestHandler.@Nullable Work work;
  private @Nullable StreamTunnel tunnel;

  /** Runs if the tunnel does not begin. */
  private Runnable never = () -> {};

  private boolean beginning;
  private boolean answered;

  StreamRequest(MultiplexStage.Logic stage, Http2SubStream carried, RequestHead head) {
    this.stage = stage;
    this.client = stage.shared().client();
    this.streams = stage.shared().streams();
    this.stream = carried.streamId();
    this.carried = carried;
    this.head = head;
    this.sending = new Stall(stage.idleNanos());
    this.taking = new Stall(stage.idleNanos());
    this.bodyRate = new BodyRate(client.settings());
  }

  void begin(RequestHandler handler) {
    HttpRequest request = StreamMessages.request(carried, head);
    Client asking = client.with(this, head.wantsTunnel() ? this : null);
    beginning = true;
    work = handler.handle(asking, request, stage.materializer(), this::reply);
    beginning = false;
  }

  void cancel() {
    if (tunnel != null) {
      if (tunnel.abandon()) {
        never.run();
      }
    } else if (work != null && !answered) {
      work.cancel();
    }
  }

  void tick(long now) {
    boolean awaitsBody = work != null && work.awaitsBody() && !client.connection().isHeldUp();
    long received = streams.received(stream);
    if (sending.lasts(awaitsBody, received, now)
        || bodyRate.isTooLow(!answered, awaitsBody, received, now)) {
      stage.stalled(this);
    }
    // A tunnel has a time limit of its own.
    boolean heldBack = tunnel == null && streams.isHeldBack(stream);
    if (taking.lasts(heldBack, 0, now)) {
      reset();
    }
  }

  /** Bytes of the request's body that wait here, and what the stream itself takes. */
  int held() {
    // A tunnel's bytes go on as they come.
    long waiting = work == null || tunnel != null ? 0 : streams.received(stream) - work.bodySent();
    return BYTES + Math.clamp(waiting, 0, Http2Connections.STREAM_BUFFER);
  }

  void giveUp() {
    if (work != null) {
      work.giveUp(ClientFault.BODY_TIMEOUT);
    }
  }

  @Override
  public void send(int status, String reason, Iterable<? extends HttpHeader> headers) {
    stage.shared().frames().interim(StreamMessages.interim(stream, status, headers));
  }

  @Override
  public void bodyWaits(int bytes) {
    Outflow.Gate gate = streams.gate(stream);
    if (gate != null) {
      gate.waits(bytes);
    }
  }

  @Override
  public boolean isAgreement(@Nullable String accept) {
    for (akka.http.scaladsl.model.HttpHeader line : CollectionConverters.asJava(head.headers())) {
      if (line.is(WebSocketKey.NAME)) {
        return new WebSocketKey(line.value()).accept().equals(accept);
      }
    }
    return false;
  }

  @Override
  public void agree(HttpResponse response, Consumer<TunnelSide> begin, Runnable never) {
    if (!streams.isOpen(stream)) {
      never.run();
      return;
    }
    StreamTunnel side = new StreamTunnel(begin, bytes -> streams.taken(stream, bytes), this);
    this.never = never;
    tunnel = side;
    streams.beginTunnel(stream);
    reply(
        response.withEntity(
            HttpEntities.createCloseDelimited(
                ContentTypes.NO_CONTENT_TYPE, StreamMessages.data(carried).via(side))));
  }

  @Override
  public void doWithoutRest() {
    stage.shared().frames().endTunnel(stream);
  }

  @Override
  public void reset() {
    stage.shared().frames().reset(stream);
  }

  private void reply(HttpResponse response) {
    answered = true;
    Http2SubStream answer =
        stage
            .messages()
            .response(stream, head.isHead(), meant(response), streams.gate(stream), this::breakOff);
    if (beginning) {
      stage.respond(answer);
    } else {
      stage.respondLater(answer);
    }
  }

  /** A success would say that the stream is a tunnel now (RFC 9110, 9.3.6). */
  private HttpResponse meant(HttpResponse response) {
    if (!head.wantsTunnel() || tunnel != null || response.status().intValue() / 100 != 2) {
      return response;
    }
    response.entity().getDataBytes().runWith(Sink.cancelled(), stage.materializer());
    return Refusals.response(StatusCodes.BAD_GATEWAY, "the server's response is not valid");
  }

  private void breakOff(long bytes, Throwable cause) {
    client.loop().faults().caughtIfOurs("a response", cause);
    stage.shared().frames().breakOff(stream, bytes);
  }
}
