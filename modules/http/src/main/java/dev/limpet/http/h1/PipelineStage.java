package dev.limpet.http.h1;

import akka.Done;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.BodyRate;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.Drain;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.client.Stall;
import dev.limpet.http.message.RequestHead;
import dev.limpet.model.settings.Settings;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The stage that hands the requests of one HTTP/1 connection to the handler, one after the other,
 * and its responses back. It does what {@code mapAsync(1)} does, for less: the handler answers on
 * this stage's own thread.
 */
final class PipelineStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {

  /** The answer to a request that Akka HTTP has not seen, and so cannot answer. */
  private static final ByteString TOO_LATE =
      ByteString.fromString(
          "HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=UTF-8\r\n"
              + "Content-Length: 20\r\nConnection: close\r\n\r\n408 Request Timeout\n");

  /** The memory of an idle connection: the stages that serve it, and their buffers. */
  private static final int BYTES = 16 * 1024;

  /** After so long a silence a client does not count on a fast read of its next request. */
  private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Inlet<HttpRequest> in = Inlet.create("Pipeline.in");
  private final Outlet<HttpResponse> out = Outlet.create("Pipeline.out");
  private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(in, out);
  private final RequestHandler handler;
  private final Drain drain;

  PipelineStage(RequestHandler handler, Drain drain) {
    this.handler = handler;
    this.drain = drain;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic(Http1Client.of(attributes));
  }

  private final class Logic extends GraphStageLogic implements LoopClients.Clock {

    private final Client client;
    private final RequestReader reader;
    private final LoopClients clients;
    private final Http1Interim interim;
    private final long keepAliveNanos;
    private final long headNanos;
    private final long idleNanos;
    private final int maxRequests;
    private final BodyRate bodyRate;
    private final Stall taking;
    private final Stall sending;
    private final AsyncCallback<HttpResponse> replied = createAsyncCallback(this::respond);
    private final AsyncCallback<Done> asked = createAsyncCallback(done -> askNext());
    private final AsyncCallback<Done> idled = createAsyncCallback(done -> endIfIdle());
    private final AsyncCallback<Done> stalled = createAsyncCallback(done -> endIfStalled());
    private final AsyncCallback<Done> inputEnded = createAsyncCallback(done -> endIfLeft());
    private RequestHandler.@Nullable Work work;
    private boolean handling;
    private boolean pending;
    private boolean ending;
    private int requests;
    private long waitingSince;
    private long headSince;
    private boolean late;

    Logic(Http1Client session) {
      super(shape);
      client = session.client();
      reader = session.reader();
      clients = session.clients();
      interim = session.interim();
      Settings.Listener listener = client.settings();
      keepAliveNanos = listener.timeouts().keepAlive().toNanos();
      headNanos = listener.timeouts().head().toNanos();
      idleNanos = listener.timeouts().idle().toNanos();
      maxRequests = listener.maxRequests();
      bodyRate = new BodyRate(listener);
      taking = new Stall(idleNanos);
      sending = new Stall(idleNanos);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              HttpRequest parsed = grab(in);
              RequestHead head = reader.next();
              StatusCode refusal = reader.isNextBroken() ? StatusCodes.BAD_REQUEST : head.refusal();
              if (refusal != null) {
                client.sentNonsense(refusal.intValue() + " " + refusal.reason());
                respond(Refusals.response(refusal, refusal.reason()));
                return;
              }
              HttpRequest request = head.of(parsed);
              pending = true;
              requests++;
              handling = true;
              work = handler.handle(client, request, materializer(), Logic.this::reply);
              handling = false;
              if (pending) {
                endIfLeft();
              }
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
              if (ending) {
                // Akka's interpreter loses count of its stages where one step ends two of them: the
                // response has just ended one, and asking now may end another. Then the stream
                // would stay in memory for ever, and the connection with it.
                asked.invoke(Done.getInstance());
              } else {
                askNext();
              }
            }
          });
    }

    private void askNext() {
      if (isClosed(in)) {
        completeStage();
      } else if (!hasBeenPulled(in)) {
        waitingSince = System.nanoTime();
        work = null;
        pull(in);
      }
    }

    @Override
    public void preStart() {
      reader.onBroken(this::endBroken);
      client.connection().onInputEnd(() -> inputEnded.invoke(Done.getInstance()));
      clients.add(this);
      client.connection().costs(BYTES);
    }

    @Override
    public void abort() {
      client.connection().abort();
    }

    @Override
    public void tick(long now) {
      client.connection().countUnsent();
      if (isIdle() && reader.isWithinHead()) {
        // A new client has been asked for it since it came.
        long since = requests == 0 ? client.connection().acceptedAt() : now;
        headSince = headSince == 0 ? since : headSince;
        if (now - headSince >= client.headPatience(headNanos)) {
          client.sentNonsense("408 a head that is not complete in time");
          client.connection().writeBetween(TOO_LATE);
          idled.invoke(Done.getInstance());
        }
        return;
      }
      headSince = 0;
      if (isIdle() && (now - waitingSince >= keepAliveNanos || drain.isOver(waitingSince, now))) {
        idled.invoke(Done.getInstance());
      } else if (isIdle() && !reader.isWithinMessage()) {
        client.connection().markIdle();
        if (now - waitingSince >= REST_NANOS) {
          reader.rest();
        }
      }
      if (hasStoppedTaking(now)) {
        client.connection().abort();
      } else if (hasStoppedSending(now) || sendsTooSlowly(now)) {
        stalled.invoke(Done.getInstance());
      }
    }

    @Override
    public void postStop() {
      clients.remove(this);
      reader.end();
      client.connection().costs(0);
      if (pending && work != null) {
        work.cancel();
      }
    }

    private boolean hasStoppedTaking(long now) {
      long unsent = client.connection().activity().unsent();
      return taking.lasts(unsent > 0, unsent, now, client.patience(idleNanos));
    }

    private boolean sendsTooSlowly(long now) {
      return bodyRate.isTooLow(
          pending, pending && awaitsBody(), client.connection().activity().bytes(), now);
    }

    private boolean hasStoppedSending(long now) {
      return sending.lasts(awaitsBody(), client.connection().activity().received(), now);
    }

    /** Whether nothing but the client keeps the request's body from going on. */
    private boolean awaitsBody() {
      return work != null && work.awaitsBody() && !client.connection().isHeldUp();
    }

    private void endIfStalled() {
      if (pending && work != null && !late) {
        late = true;
        work.giveUp(ClientFault.BODY_TIMEOUT);
      } else if (!pending) {
        client.connection().abort();
      }
    }

    /** The rest of the body is nobody's; the server will not get it, and the client hears why. */
    private void endBroken() {
      if (reader.isNextBroken() && pending && work != null) {
        late = true;
        work.giveUp(ClientFault.MALFORMED_BODY);
      }
    }

    /**
     * Ends a request whose client has left. One that takes no time is answered before: a client may
     * have said at once that it has said all.
     */
    private void endIfLeft() {
      if (!client.hasLeft()) {
        return;
      }
      if (pending && work != null) {
        // The stream ends with the connection: Akka HTTP takes one without a response for a fault.
        work.cancel();
        client.connection().close();
      } else if (interim.isStreaming()) {
        client.connection().abort();
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
      if (reader.isPaused()) {
        reader.resume();
      }
      if (reader.isAtEnd()) {
        client.connection().expectNothing();
      }
      if (reader.isWithinMessage()) {
        client.connection().expectMore();
      }
      boolean last = late || drain.hasBegun() || requests >= maxRequests || isLast(response);
      ending = last || reader.isAtEnd();
      push(out, last ? closing(response) : response);
      if (isClosed(in)) {
        completeStage();
      }
    }
  }

  private static boolean isLast(HttpResponse response) {
    return response.status().intValue() == 500
        && response.getAttribute(RequestHandler.LAST).isPresent();
  }

  /** The same response, after which the client is to open another connection. */
  private static HttpResponse closing(HttpResponse response) {
    return response.addHeader(akka.http.javadsl.model.headers.Connection.create("close"));
  }
}
