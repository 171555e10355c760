package dev.limpet.proxy.akkahttp;

import akka.Done;
import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Materializer;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import dev.limpet.model.Settings;
import dev.limpet.proxy.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Hands the requests of one HTTP/2 connection to the handler, side by side, and its responses back
 * in the order in which they come. How many there are at one time Akka HTTP has agreed on with the
 * client.
 */
final class MultiplexStage extends GraphStage<FlowShape<Http2SubStream, HttpResponse>> {

  /** What can be told the client past Akka HTTP; on the connection's loop. */
  interface Frames {

    void interim(FrameEvent.ParsedHeadersFrame headers);

    void reset(int stream);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final AttributeKey<Object> STREAM_ID = (AttributeKey) Http2.streamId();

  private final Inlet<Http2SubStream> in = Inlet.create("Multiplex.in");
  private final Outlet<HttpResponse> out = Outlet.create("Multiplex.out");
  private final FlowShape<Http2SubStream, HttpResponse> shape = FlowShape.of(in, out);
  private final Client client;
  private final RequestHandler handler;
  private final LoopClients clients;
  private final ClientStreams streams;
  private final long keepAliveNanos;
  private final long idleNanos;
  private final int maxRequests;
  private Runnable goAway = () -> {};
  private @Nullable Frames frames;

  /** By stream; until the stream has come to its end. */
  private final Map<Integer, Slot> slots = new HashMap<>();

  MultiplexStage(
      Client client, RequestHandler handler, LoopClients clients, ClientStreams streams) {
    this.client = client;
    this.handler = handler;
    this.clients = clients;
    this.streams = streams;
    Settings.Listener listener = client.settings();
    this.keepAliveNanos = listener.timeouts().keepAlive().toNanos();
    this.idleNanos = listener.timeouts().idle().toNanos();
    this.maxRequests = listener.maxRequests();
  }

  /**
   * @param leave tells the client to open no more streams, and ends the connection after the last
   */
  void onLeave(Runnable leave) {
    goAway = leave;
  }

  void onFrames(Frames connection) {
    frames = connection;
  }

  /** Tells the client to open no more streams; on the connection's loop. */
  void leave() {
    goAway.run();
  }

  @Override
  public FlowShape<Http2SubStream, HttpResponse> shape() {
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

    private final AsyncCallback<HttpResponse> replied = createAsyncCallback(this::respond);
    private final AsyncCallback<Slot> stalled = createAsyncCallback(Slot::giveUp);
    private final AsyncCallback<Done> idled = createAsyncCallback(done -> leave());
    private final Queue<HttpResponse> ready = new ArrayDeque<>();
    private final Stall writing = new Stall();
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
              HttpResponse next = ready.poll();
              if (next != null) {
                push(out, next);
              }
            }
          });
    }

    @Override
    public void preStart() {
      clients.add(this);
      streams.onEnd(slots::remove);
      pull(in);
    }

    @Override
    public void postStop() {
      clients.remove(this);
      slots.values().forEach(Slot::cancel);
    }

    @Override
    public void tick(long now) {
      long unsent = client.connection().activity().unsent();
      if (writing.lasts(unsent > 0, unsent, now)) {
        client.connection().abort();
        return;
      }
      for (Slot slot : slots.values()) {
        slot.tick(now);
      }
      if (!streams.isEmpty()) {
        idleSince = now;
      } else if (now - idleSince >= keepAliveNanos) {
        idleSince = now;
        idled.invoke(Done.getInstance());
      }
    }

    private void handle(Http2SubStream request) {
      if (!streams.isOpen(request.streamId())) {
        // Given up before it came here.
        return;
      }
      Slot slot = new Slot(this, request.streamId());
      Http2Head head = StreamStage.head(request.initialHeaders());
      StatusCode refusal = head.refusal();
      if (refusal != null) {
        respond(slot.addressed(Refusals.response(refusal, refusal.reason())));
      } else {
        slots.put(slot.stream, slot);
        slot.begin(head.request(request), materializer());
      }
    }

    private void respond(HttpResponse response) {
      if (isAvailable(out)) {
        push(out, response);
      } else {
        ready.add(response);
      }
    }
  }

  /** One stream: its request, and what is done for it. */
  private final class Slot implements InterimResponses {

    private final Logic logic;
    private final Integer stream;
    private final Stall sending = new Stall();
    private final Stall taking = new Stall();
    private RequestHandler.@Nullable Work work;
    private boolean beginning;
    private boolean answered;

    Slot(Logic logic, Integer stream) {
      this.logic = logic;
      this.stream = stream;
    }

    void begin(HttpRequest request, Materializer materializer) {
      beginning = true;
      work = handler.handle(client.with(this), request, materializer, this::reply);
      beginning = false;
    }

    void cancel() {
      if (work != null && !answered) {
        work.run();
      }
    }

    void tick(long now) {
      boolean awaitsBody = work != null && work.awaitsBody();
      if (sending.lasts(awaitsBody, streams.received(stream), now)) {
        logic.stalled.invoke(this);
      }
      if (taking.lasts(streams.isHeldBack(stream), 0, now) && frames != null) {
        frames.reset(stream);
      }
    }

    void giveUp() {
      if (work != null) {
        work.giveUp(Failure.BODY_TIMEOUT);
      }
    }

    @Override
    public void send(int status, String reason, Iterable<? extends HttpHeader> headers) {
      List<Tuple2<String, Object>> pairs = new ArrayList<>();
      pairs.add(new Tuple2<>(":status", Integer.toString(status)));
      headers.forEach(
          line -> pairs.add(new Tuple2<>(line.name().toLowerCase(Locale.ROOT), line.value())));
      Objects.requireNonNull(frames, "set before the first request")
          .interim(
          new FrameEvent.ParsedHeadersFrame(
              stream,
              false,
              CollectionConverters.asScala(pairs).toList(),
              Option.empty(),
              Option.empty()));
    }

    private void reply(HttpResponse response) {
      answered = true;
      if (beginning) {
        logic.respond(addressed(response));
      } else {
        logic.replied.invoke(addressed(response));
      }
    }

    HttpResponse addressed(HttpResponse response) {
      // There is no such header in HTTP/2; GOAWAY says it.
      return response.removeHeader("Connection").addAttribute(STREAM_ID, stream);
    }
  }

  /** Something that must not go on for longer than the idle limit. */
  private final class Stall {

    private long progress = -1;
    private long since;

    /** Whether {@code waiting} has been so for too long, with no change of {@code newProgress}. */
    boolean lasts(boolean waiting, long newProgress, long now) {
      if (!waiting || newProgress != progress) {
        progress = waiting ? newProgress : -1;
        since = now;
      }
      return now - since >= idleNanos;
    }
  }
}
