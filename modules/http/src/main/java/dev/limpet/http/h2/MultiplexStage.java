package dev.limpet.http.h2;

import akka.Done;
import akka.http.impl.engine.http2.Http2SubStream;
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
import dev.limpet.http.client.Client;
import dev.limpet.http.client.LoopClients;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.http.client.Stall;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.message.RequestHead;
import dev.limpet.model.settings.Settings;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The stage that hands the requests of one HTTP/2 connection to the handler, side by side, and its
 * responses back in the order in which they come. How many there are at one time Akka HTTP has
 * agreed on with the client.
 */
final class MultiplexStage extends GraphStage<FlowShape<Http2SubStream, Http2SubStream>> {

  /** The memory of a connection without streams: the stages that serve it, and their buffers. */
  private static final int BYTES = 32 * 1024;

  private final Inlet<Http2SubStream> in = Inlet.create("Multiplex.in");
  private final Outlet<Http2SubStream> out = Outlet.create("Multiplex.out");
  private final FlowShape<Http2SubStream, Http2SubStream> shape = FlowShape.of(in, out);
  private final Http2Client shared;
  private final RequestHandler handler;
  private final LoopClients clients;
  private final StreamMessages messages;
  private final long keepAliveNanos;
  private final long idleNanos;
  private final long headNanos;
  private final int maxRequests;

  /**
   * @param shared with the connection's other stages
   */
  MultiplexStage(
      Http2Client shared, RequestHandler handler, LoopClients clients, StreamMessages messages) {
    this.shared = shared;
    this.handler = handler;
    this.clients = clients;
    this.messages = messages;
    Settings.Listener listener = shared.client().settings();
    this.keepAliveNanos = listener.timeouts().keepAlive().toNanos();
    this.idleNanos = listener.timeouts().idle().toNanos();
    this.headNanos = listener.timeouts().head().toNanos();
    this.maxRequests = listener.maxRequests();
  }

  @Override
  public FlowShape<Http2SubStream, Http2SubStream> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  final class Logic extends GraphStageLogic implements LoopClients.Clock {

    private final AsyncCallback<Http2SubStream> replied = createAsyncCallback(this::respond);
    private final AsyncCallback<StreamRequest> stalled = createAsyncCallback(StreamRequest::giveUp);
    private final AsyncCallback<Done> idled = createAsyncCallback(done -> shared.leave());
    private final Client client = shared.client();
    private final ClientStreams streams = shared.streams();
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
                shared.leave();
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
      pull(in);
    }

    @Override
    public void postStop() {
      clients.remove(this);
      client.connection().costs(0);
      shared.requests().forEach(StreamRequest::cancel);
    }

    @Override
    public void abort() {
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
      int head = shared.scanner().headUnderWay();
      if (reading.lasts(head > 0, head, now, client.headPatience(headNanos))) {
        // Its stream is not known yet, and no frame may come in between.
        shared.frames().end(Http2Error.ENHANCE_YOUR_CALM);
        return;
      }
      int held = BYTES;
      for (StreamRequest request : shared.requests()) {
        request.tick(now);
        held += request.held();
      }
      client.connection().costs(held);
      if (!streams.isEmpty()) {
        idleSince = now;
      } else if (now - idleSince >= keepAliveNanos || isSilent(now)) {
        idleSince = now;
        idled.invoke(Done.getInstance());
      } else if (head == 0) {
        client.connection().markIdle();
      }
    }

    /** A new client has time to ask for something, but not as much as one that has. */
    private boolean isSilent(long now) {
      return requests == 0
          && now - client.connection().acceptedAt() >= client.headPatience(headNanos);
    }

    private void handle(Http2SubStream carried) {
      int stream = carried.streamId();
      if (!streams.isOpen(stream)) {
        // Given up before it came here.
        return;
      }
      client.connection().meter().streamBegan();
      RequestHead head = StreamStage.head(carried.initialHeaders());
      StatusCode refusal = head.refusal();
      if (refusal != null) {
        client.sentNonsense(refusal.intValue() + " " + refusal.reason());
        HttpResponse answer = Refusals.response(refusal, refusal.reason());
        respond(
            messages.response(stream, head.isHead(), answer, streams.gate(stream), (_, _) -> {}));
      } else {
        StreamRequest request = new StreamRequest(this, carried, head);
        shared.add(stream, request);
        request.begin(handler);
      }
    }

    Http2Client shared() {
      return shared;
    }

    StreamMessages messages() {
      return messages;
    }

    long idleNanos() {
      return idleNanos;
    }

    /** Sends a response on; within a turn of the stage. */
    void respond(Http2SubStream response) {
      if (isAvailable(out)) {
        push(out, response);
      } else {
        ready.add(response);
      }
    }

    /** Sends a response on, at the stage's next turn. */
    void respondLater(Http2SubStream response) {
      replied.invoke(response);
    }

    /** The request's body does not come in time. */
    void stalled(StreamRequest request) {
      stalled.invoke(request);
    }
  }
}
