package dev.limpet.proxy.akkahttp;

import akka.http.impl.engine.http2.Http2;
import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.headers.RawRequestURI;
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
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands the requests of one HTTP/2 connection to the handler, side by side, and its responses back
 * in the order in which they come. How many there are at one time Akka HTTP has agreed on with the
 * client.
 */
final class MultiplexStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>>
    implements IntConsumer {

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final AttributeKey<Object> STREAM_ID = (AttributeKey) Http2.streamId();

  private final Inlet<HttpRequest> in = Inlet.create("Multiplex.in");
  private final Outlet<HttpResponse> out = Outlet.create("Multiplex.out");
  private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(in, out);
  private final Client client;
  private final RequestHandler handler;
  private final Settings.Listener listener;

  /** Ends the work for a request, by its stream. */
  private final Map<Integer, Runnable> underWay = new HashMap<>();

  MultiplexStage(Client client, RequestHandler handler, Settings.Listener listener) {
    this.client = client;
    this.handler = handler;
    this.listener = listener;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  /** The client has given this stream up; on the connection's loop. */
  @Override
  public void accept(int stream) {
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
              if (++requests < listener.maxRequests()) {
                pull(in);
              } else {
                cancel(in);
                completeWhenDone();
              }
            }

            @Override
            public void onUpstreamFinish() {
              completeWhenDone();
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
                completeWhenDone();
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
      boolean idle = underWay.isEmpty() && ready.isEmpty();
      long waited = System.nanoTime() - waitingSince;
      if (idle && waited >= listener.timeouts().keepAlive().toNanos()) {
        completeStage();
      }
    }

    @Override
    public void postStop() {
      underWay.values().forEach(Runnable::run);
    }

    private void handle(HttpRequest request) {
      Object stream = request.getAttribute(STREAM_ID).orElseThrow();
      Slot slot = new Slot((Integer) stream);
      handling = true;
      Runnable cancel = handler.handle(client, http1(request), materializer(), slot::reply);
      handling = false;
      if (!slot.answered) {
        underWay.put(slot.stream, cancel);
      }
    }

    /** Target and host where HTTP/1 has them, so that all that follows is the same. */
    private static HttpRequest http1(HttpRequest request) {
      String query = request.getUri().rawQueryString().map(raw -> "?" + raw).orElse("");
      HttpRequest with =
          request.addHeader(RawRequestURI.create(request.getUri().getPathString() + query));
      String authority = authority(request);
      return authority == null || request.getHeader("host").isPresent()
          ? with
          : with.addHeader(RawHeader.create("Host", authority));
    }

    private static @Nullable String authority(HttpRequest request) {
      String host = request.getUri().host().address();
      if (host.isEmpty()) {
        return null;
      }
      int port = request.getUri().port();
      return port <= 0 ? host : host + ":" + port;
    }

    private void respond(HttpResponse response) {
      waitingSince = System.nanoTime();
      if (isAvailable(out)) {
        push(out, response);
        completeWhenDone();
      } else {
        ready.add(response);
      }
    }

    private void completeWhenDone() {
      if (isClosed(in) && underWay.isEmpty() && ready.isEmpty()) {
        completeStage();
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
        HttpResponse addressed = response.addAttribute(STREAM_ID, stream);
        if (handling) {
          respond(addressed);
        } else {
          replied.invoke(addressed);
        }
      }
    }
  }
}
