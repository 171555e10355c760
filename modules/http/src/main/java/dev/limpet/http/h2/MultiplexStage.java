package dev.limpet.http.h2;

import akka.Done;
import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Materializer;
import akka.stream.Outlet;
import akka.stream.javadsl.Sink;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import dev.limpet.http.client.BodyRate;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.ExtendedConnect;
import dev.limpet.http.client.InterimResponses;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.message.RequestHead;
import dev.limpet.http.message.WebSocketKey;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.tunnel.StreamTunnel;
import dev.limpet.transport.tunnel.TunnelSide;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Hands the requests of one HTTP/2 connection to the handler, side by side, and its responses back
 * in the order in which they come. How many there are at one time Akka HTTP has agreed on with the
 * client.
 */
public final class MultiplexStage extends GraphStage<FlowShape<Http2SubStream, Http2SubStream>> {

  /** What can be told the client past Akka HTTP; on the connection's loop. */
  interface Frames {

    void interim(FrameEvent.ParsedHeadersFrame headers);

    void reset(int stream);

    /** What a tunnel's client still sends is not wanted when all has been sent to it. */
    void endTunnel(int stream);

    void endConnection(Http2Error error);

    /** Resets a stream when so many bytes of its response have been sent. */
    void cut(int stream, long bytes);
  }

  /** What a connection takes that has no streams: the stages of its stream, and their buffers. */
  private static final int BYTES = 32 * 1024;

  /** What a request takes that is under way, beside its body. */
  private static final int STREAM_BYTES = 16 * 1024;

  private final Inlet<Http2SubStream> in = Inlet.create("Multiplex.in");
  private final Outlet<Http2SubStream> out = Outlet.create("Multiplex.out");
  private final FlowShape<Http2SubStream, Http2SubStream> shape = FlowShape.of(in, out);
  private final Client client;
  private final RequestHandler handler;
  private final LoopClients clients;
  private final ClientStreams streams;
  private final StreamMessages messages;
  private final long keepAliveNanos;
  private final long idleNanos;
  private final long headNanos;
  private final int maxRequests;
  private Runnable goAway = () -> {};
  private IntSupplier headUnderWay = () -> 0;
  private @Nullable Frames frames;

  /** By stream; until the stream has come to its end. */
  private final Map<Integer, Slot> slots = new HashMap<>();

  public MultiplexStage(
      Client client,
      RequestHandler handler,
      LoopClients clients,
      ClientStreams streams,
      StreamMessages messages) {
    this.client = client;
    this.handler = handler;
    this.clients = clients;
    this.streams = streams;
    this.messages = messages;
    Settings.Listener listener = client.settings();
    this.keepAliveNanos = listener.timeouts().keepAlive().toNanos();
    this.idleNanos = listener.timeouts().idle().toNanos();
    this.headNanos = listener.timeouts().head().toNanos();
    this.maxRequests = listener.maxRequests();
  }

  /**
   * @param leave tells the client to open no more streams, and ends the connection after the last
   */
  public void onLeave(Runnable leave) {
    goAway = leave;
  }

  /**
   * @param underWay which head has begun and not ended, or 0
   */
  void onHeads(IntSupplier underWay) {
    headUnderWay = underWay;
  }

  void onFrames(Frames connection) {
    frames = connection;
  }

  /** The client has broken a rule of HTTP/2. */
  void broke(Http2Error rule, String how) {
    client.sentNonsense("HTTP/2 " + rule + ", " + how);
  }

  private Frames frames() {
    return Objects.requireNonNull(frames, "set before the first request");
  }

  /** Tells the client to open no more streams; on the connection's loop. */
  void leave() {
    goAway.run();
  }

  @Override
  public FlowShape<Http2SubStream, Http2SubStream> shape() {
    return shape;
  }

  /** The client has given this stream up; on the connection's loop. */
  void cancel(int stream) {
    Slot slot = slots.remove(stream);
    if (slot != null) {
      slot.cancel();
    }
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic implements LoopClients.Clock {

    private final AsyncCallback<Http2SubStream> replied = createAsyncCallback(this::respond);
    private final AsyncCallback<Slot> stalled = createAsyncCallback(Slot::giveUp);
    private final AsyncCallback<Done> idled = createAsyncCallback(done -> leave());
    private final Queue<Http2SubStream> ready = new ArrayDeque<>();
    private final Stall writing = new Stall(idleNanos);
    private final Stall reading = new Stall(headNanos);
    private int requests;
    private long idleSince = System.nanoTime();

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              handle(grab(in));
              if (++requests == maxRequests) {
                leave();
              }
              pull(in);
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              Http2SubStream next = ready.poll();
              if (next != null) {
                push(out, next);
              }
            }
          });
    }

    @Override
    public void preStart() {
      clients.add(this);
      client.connection().costs(BYTES);
      streams.onEnd(slots::remove);
      pull(in);
    }

    @Override
    public void postStop() {
      clients.remove(this);
      client.connection().costs(0);
      slots.values().forEach(Slot::cancel);
    }

    @Override
    public void cut() {
      client.connection().abort();
    }

    @Override
    public void tick(long now) {
      client.connection().countUnsent();
      long unsent = client.connection().activity().unsent();
      if (writing.lasts(unsent > 0, unsent, now, client.patience(idleNanos))) {
        client.connection().abort();
        return;
      }
      int head = headUnderWay.getAsInt();
      if (reading.lasts(head > 0, head, now, client.headPatience(headNanos))) {
        // Its stream is not known yet, and no frame may come in between.
        frames().endConnection(Http2Error.ENHANCE_YOUR_CALM);
        return;
      }
      int held = BYTES;
      for (Slot slot : slots.values()) {
        slot.tick(now);
        held += slot.held();
      }
      client.connection().costs(held);
      if (!streams.isEmpty()) {
        idleSince = now;
      } else if (now - idleSince >= keepAliveNanos || isSilent(now)) {
        idleSince = now;
        idled.invoke(Done.getInstance());
      } else if (head == 0) {
        client.connection().idle();
      }
    }

    /** A new client has time to ask for something, but not as much as one that has. */
    private boolean isSilent(long now) {
      return requests == 0 && now - client.connection().begun() >= client.headPatience(headNanos);
    }

    private void handle(Http2SubStream request) {
      if (!streams.isOpen(request.streamId())) {
        // Given up before it came here.
        return;
      }
      int stream = request.streamId();
      RequestHead head = StreamStage.head(request.initialHeaders());
      StatusCode refusal = head.refusal();
      if (refusal != null) {
        client.sentNonsense(refusal.intValue() + " " + refusal.reason());
        HttpResponse answer = Refusals.response(refusal, refusal.reason());
        respond(
            messages.response(stream, isHead(head), answer, streams.gate(stream), (_, _) -> {}));
      } else {
        Slot slot = new Slot(this, request, head);
        slots.put(slot.stream, slot);
        slot.begin(materializer());
      }
    }

    private void respond(Http2SubStream response) {
      if (isAvailable(out)) {
        push(out, response);
      } else {
        ready.add(response);
      }
    }
  }

  /** One stream: its request, and what is done for it. */
  private final class Slot implements InterimResponses, ExtendedConnect, StreamTunnel.Control {

    private final Logic logic;
    private final Integer stream;
    private final Http2SubStream carried;
    private final RequestHead head;
    private final Stall sending = new Stall(idleNanos);
    private final Stall taking = new Stall(idleNanos);
    private final BodyRate bodyRate = new BodyRate(client.settings());
    private RequestHandler.@Nullable Work work;
    private @Nullable StreamTunnel tunnel;

    /** Where the tunnel does not begin. */
    private Runnable never = () -> {};

    private boolean beginning;
    private boolean answered;

    Slot(Logic logic, Http2SubStream carried, RequestHead head) {
      this.logic = logic;
      this.stream = carried.streamId();
      this.carried = carried;
      this.head = head;
    }

    void begin(Materializer materializer) {
      HttpRequest request = StreamMessages.request(carried, head);
      Client asking = client.with(this, head.wantsTunnel() ? this : null);
      beginning = true;
      work = handler.handle(asking, request, materializer, this::reply);
      beginning = false;
    }

    void cancel() {
      if (tunnel != null) {
        if (tunnel.abandon()) {
          never.run();
        }
      } else if (work != null && !answered) {
        work.run();
      }
    }

    void tick(long now) {
      boolean awaitsBody = work != null && work.awaitsBody() && !client.connection().isHeldUp();
      long received = streams.received(stream);
      if (sending.lasts(awaitsBody, received, now)
          || bodyRate.isTooLow(!answered, awaitsBody, received, now)) {
        logic.stalled.invoke(this);
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
      long waiting =
          work == null || tunnel != null ? 0 : streams.received(stream) - work.bodySent();
      return STREAM_BYTES + Math.clamp(waiting, 0, ClientStreams.STREAM_BUFFER);
    }

    void giveUp() {
      if (work != null) {
        work.giveUp(ClientFault.BODY_TIMEOUT);
      }
    }

    @Override
    public void send(int status, String reason, Iterable<? extends HttpHeader> headers) {
      frames().interim(StreamMessages.interim(stream, status, headers));
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
      frames().endTunnel(stream);
    }

    @Override
    public void reset() {
      frames().reset(stream);
    }

    private void reply(HttpResponse response) {
      answered = true;
      Http2SubStream answer =
          messages.response(stream, isHead(head), meant(response), streams.gate(stream), this::cut);
      if (beginning) {
        logic.respond(answer);
      } else {
        logic.replied.invoke(answer);
      }
    }

    /** A success would say that the stream is a tunnel now (RFC 9110, 9.3.6). */
    private HttpResponse meant(HttpResponse response) {
      if (!head.wantsTunnel() || tunnel != null || response.status().intValue() / 100 != 2) {
        return response;
      }
      response.entity().getDataBytes().runWith(Sink.cancelled(), logic.materializer());
      return Refusals.response(StatusCodes.BAD_GATEWAY, "the server's response is not valid");
    }

    private void cut(long bytes, Throwable cause) {
      client.loop().faults().caughtIfOurs("a response", cause);
      frames().cut(stream, bytes);
    }
  }

  private static boolean isHead(RequestHead head) {
    return head.method().equals(HttpMethods.HEAD);
  }

  /** Something that must not go on for longer than a limit. */
  private static final class Stall {

    private final long limitNanos;
    private long progress = -1;
    private long since;

    Stall(long limitNanos) {
      this.limitNanos = limitNanos;
    }

    /** Whether {@code waiting} has been so for too long, with no change of {@code newProgress}. */
    boolean lasts(boolean waiting, long newProgress, long now) {
      return lasts(waiting, newProgress, now, limitNanos);
    }

    boolean lasts(boolean waiting, long newProgress, long now, long limitNanos) {
      if (!waiting || newProgress != progress) {
        progress = waiting ? newProgress : -1;
        since = now;
      }
      return now - since >= limitNanos;
    }
  }
}
