package dev.limpet.proxy.akkahttp;

import akka.http.impl.engine.http2.Http2;
import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.stream.stage.TimerGraphStageLogic;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Hands the requests of one HTTP/2 connection to the handler, side by side, and its responses back
 * in the order in which they come. How many there are at one time Akka HTTP has agreed on with the
 * client.
 */
final class MultiplexStage extends GraphStage<FlowShape<Http2SubStream, HttpResponse>> {

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final AttributeKey<Object> STREAM_ID = (AttributeKey) Http2.streamId();

  private final Inlet<Http2SubStream> in = Inlet.create("Multiplex.in");
  private final Outlet<HttpResponse> out = Outlet.create("Multiplex.out");
  private final FlowShape<Http2SubStream, HttpResponse> shape = FlowShape.of(in, out);
  private final Client client;
  private final RequestHandler handler;
  private final Settings.Listener listener;
  private final ClientStreams streams;
  private Runnable goAway = () -> {};

  /** Ends the work for a request, by its stream. */
  private final Map<Integer, Runnable> underWay = new HashMap<>();

  MultiplexStage(
      Client client, RequestHandler handler, Settings.Listener listener, ClientStreams streams) {
    this.client = client;
    this.handler = handler;
    this.listener = listener;
    this.streams = streams;
  }

  /**
   * @param leave tells the client to open no more streams, and ends the connection after the last
   */
  void onLeave(Runnable leave) {
    goAway = leave;
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
    Runnable cancel = underWay.remove(stream);
    if (cancel != null) {
      cancel.run();
    }
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {

    private final AsyncCallback<HttpResponse> replied = createAsyncCallback(this::respond);
    private final Queue<HttpResponse> ready = new ArrayDeque<>();
    private boolean handling;
    private int requests;
    private long waitingSince = System.nanoTime();

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              handle(grab(in));
              if (++requests == listener.maxRequests()) {
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
      Duration check = listener.timeouts().keepAlive().dividedBy(4);
      scheduleWithFixedDelay("keep-alive", check, check);
      pull(in);
    }

    @Override
    public void onTimer(Object key) {
      if (!streams.isEmpty()) {
        waitingSince = System.nanoTime();
      } else if (System.nanoTime() - waitingSince >= listener.timeouts().keepAlive().toNanos()) {
        leave();
      }
    }

    @Override
    public void postStop() {
      underWay.values().forEach(Runnable::run);
    }

    private void handle(Http2SubStream request) {
      Slot slot = new Slot(request.streamId());
      Http2Head head = StreamStage.head(request.initialHeaders());
      StatusCode refusal = head.refusal();
      handling = true;
      if (refusal != null) {
        slot.reply(Refusals.response(refusal, refusal.reason()));
      } else {
        Runnable cancel =
            handler.handle(client, head.request(request), materializer(), slot::reply);
        if (!slot.answered) {
          underWay.put(slot.stream, cancel);
        }
      }
      handling = false;
    }

    private void respond(HttpResponse response) {
      waitingSince = System.nanoTime();
      if (isAvailable(out)) {
        push(out, response);
      } else {
        ready.add(response);
      }
    }

    private final class Slot {

      private final Integer stream;
      private boolean answered;

      Slot(Integer stream) {
        this.stream = stream;
      }

      void reply(HttpResponse response) {
        answered = true;
        underWay.remove(stream);
        // There is no such header in HTTP/2; GOAWAY says it.
        HttpResponse addressed =
            response.removeHeader("Connection").addAttribute(STREAM_ID, stream);
        if (handling) {
          respond(addressed);
        } else {
          replied.invoke(addressed);
        }
      }
    }
  }
}
