package dev.limpet.proxy.akkahttp;

import akka.Done;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.headers.Connection;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
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
  private final LoopClients clients;
  private final Drain drain;
  private final long keepAliveNanos;
  private final int maxRequests;

  ExchangeStage(
      Client client,
      RequestReader reader,
      RequestHandler handler,
      LoopClients clients,
      Drain drain) {
    this.client = client;
    this.reader = reader;
    this.handler = handler;
    this.clients = clients;
    this.drain = drain;
    this.keepAliveNanos = client.settings().timeouts().keepAlive().toNanos();
    this.maxRequests = client.settings().maxRequests();
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic implements LoopClients.Clock {

    private final AsyncCallback<HttpResponse> replied = createAsyncCallback(this::respond);
    private final AsyncCallback<Done> idled = createAsyncCallback(done -> endIfIdle());
    private @Nullable Runnable cancel;
    private boolean handling;
    private boolean pending;
    private int requests;
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
              requests++;
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
      clients.add(this);
    }

    @Override
    public void tick(long now) {
      if (isIdle() && (now - waitingSince >= keepAliveNanos || drain.isOver(waitingSince, now))) {
        idled.invoke(Done.getInstance());
      }
    }

    @Override
    public void postStop() {
      clients.remove(this);
      if (cancel != null) {
        cancel.run();
      }
    }

    private boolean isIdle() {
      return !pending && hasBeenPulled(in);
    }

    private void endIfIdle() {
      if (isIdle()) {
        completeStage();
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
      boolean last = drain.hasBegun() || requests >= maxRequests;
      push(out, last ? closing(response) : response);
      if (isClosed(in)) {
        completeStage();
      }
    }
  }

  /** The same response, after which the client is to open another connection. */
  private static HttpResponse closing(HttpResponse response) {
    // What follows a 101 is another protocol, which has an end of its own.
    return response.status().intValue() == 101
        ? response
        : response.addHeader(Connection.create("close"));
  }
}
