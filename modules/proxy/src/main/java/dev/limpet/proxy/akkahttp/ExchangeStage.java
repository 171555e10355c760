package dev.limpet.proxy.akkahttp;

import akka.http.javadsl.model.HttpRequest;
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
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Hands the requests of one connection to the handler, one after the other, and its responses back.
 * It does what {@code mapAsync(1)} does, for less: the handler answers on this stage's own thread.
 */
final class ExchangeStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {

  private final Inlet<HttpRequest> in = Inlet.create("Exchange.in");
  private final Outlet<HttpResponse> out = Outlet.create("Exchange.out");
  private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(in, out);
  private final Client client;
  private final RequestReader reader;
  private final RequestHandler handler;
  private final Duration keepAlive;

  /**
   * @param keepAlive how long to wait for a request, to within a quarter
   */
  ExchangeStage(
      Client client, RequestReader reader, RequestHandler handler, Duration keepAlive) {
    this.client = client;
    this.reader = reader;
    this.handler = handler;
    this.keepAlive = keepAlive;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {

    private final AsyncCallback<HttpResponse> replied = createAsyncCallback(this::respond);
    private @Nullable Runnable cancel;
    private boolean handling;
    private boolean pending;
    private long waitingSince;

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              HttpRequest parsed = grab(in);
              RequestHead head = reader.next();
              StatusCode refusal = head.refusal();
              if (refusal != null) {
                respond(Refusals.response(refusal, refusal.reason()));
                return;
              }
              HttpRequest request = head.of(parsed);
              pending = true;
              handling = true;
              Runnable canceller =
                  handler.handle(client, request, materializer(), Logic.this::reply);
              handling = false;
              cancel = pending ? canceller : null;
            }

            @Override
            public void onUpstreamFinish() {
              if (!pending) {
                completeStage();
              }
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (isClosed(in)) {
                completeStage();
              } else if (!hasBeenPulled(in)) {
                waitingSince = System.nanoTime();
                pull(in);
              }
            }
          });
    }

    @Override
    public void preStart() {
      Duration check = keepAlive.dividedBy(4);
      scheduleWithFixedDelay("keep-alive", check, check);
    }

    /** One timer for a connection: one for each request would cost more than it gives. */
    @Override
    public void onTimer(Object key) {
      boolean waiting = !pending && hasBeenPulled(in);
      if (waiting && System.nanoTime() - waitingSince >= keepAlive.toNanos()) {
        completeStage();
      }
    }

    @Override
    public void postStop() {
      if (cancel != null) {
        cancel.run();
      }
    }

    private void reply(HttpResponse response) {
      if (handling) {
        respond(response);
      } else {
        replied.invoke(response);
      }
    }

    private void respond(HttpResponse response) {
      pending = false;
      cancel = null;
      if (reader.isPaused()) {
        reader.resume();
      }
      push(out, response);
      if (isClosed(in)) {
        completeStage();
      }
    }
  }
}
