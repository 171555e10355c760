package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.model.settings.route.Action;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Forwarding;
import dev.limpet.proxy.message.MaxForwards;
import dev.limpet.proxy.message.Routing;
import dev.limpet.proxy.recording.RequestRecording;
import dev.limpet.proxy.tracing.RequestMarks;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client: its route says what is answered, or which upstream it goes to ({@link
 * UpstreamRequest}). All of it runs on the loop of the client's connection.
 */
public final class Exchange implements RequestHandler.Work {

  private final DataPlane plane;
  private final RoutingPlan plan;
  private final Client client;
  private final HttpRequest request;
  private final Materializer materializer;
  private final Forwarding forwarding;
  private final Routing routing;
  private final RequestMarks marks;
  private final RequestRecording recording;
  private final ClientReply reply;

  /** Once it is known which upstream the request goes to. */
  private @Nullable UpstreamRequest toUpstream;

  private Exchange(
      DataPlane plane,
      Client client,
      HttpRequest request,
      Materializer materializer,
      Consumer<HttpResponse> reply) {
    this.plane = plane;
    this.plan = plane.plan();
    this.client = client;
    this.request = request;
    this.materializer = materializer;
    this.forwarding = Forwarding.of(client, request);
    this.marks = RequestMarks.of(plan.marks(), request, forwarding.isFromProxy());
    this.routing = new Routing(request, forwarding, marks);
    this.recording =
        plane
            .recorder()
            .begin(client.loop(), client.listener(), forwarding.address(), request, marks);
    this.reply =
        new ClientReply(plan, client, request, forwarding, routing, marks, recording, reply);
  }

  /** As {@link RequestHandler#handle}. */
  public static Exchange start(
      DataPlane plane,
      Client client,
      HttpRequest request,
      Materializer materializer,
      Consumer<HttpResponse> reply) {
    Exchange exchange = new Exchange(plane, client, request, materializer, reply);
    try {
      exchange.route();
    } catch (Throwable thrown) {
      exchange.broken(thrown);
    }
    return exchange;
  }

  private void route() {
    Failure refused = routing.find(plan.routes(client.listener()));
    if (refused != null) {
      reply.fail(refused);
      return;
    }
    recording.routed(routing.route());
    switch (routing.action()) {
      case Action.Redirect redirect -> reply.send(routing.redirect(redirect));
      case Action.Respond fixed -> reply.send(routing.fixed(fixed));
      case Action.Forward forward -> forward(forward);
    }
  }

  private void forward(Action.Forward forward) {
    if (plane.via().isBack(request)) {
      reply.fail(Failure.LOOP);
      return;
    }
    HttpResponse end = MaxForwards.answer(request, routing.requested().target());
    if (end != null) {
      reply.send(end);
      return;
    }
    OutgoingRequest outgoing =
        new OutgoingRequest(
            request,
            client,
            forwarding,
            routing,
            marks,
            routing.target(forward),
            plan.maxBodySize(),
            plane.via(),
            materializer);
    Mirror mirror =
        forward.mirror().isEmpty()
            ? null
            : Mirror.of(
                forward.mirror().get(),
                plane,
                plan.upstream(forward.mirror().get().upstream()),
                outgoing);
    List<Action.Share> upstreams = forward.upstreams();
    Consumer<Throwable> broken = this::broken;
    if (upstreams.size() == 1) {
      send(session(upstreams.getFirst().upstream(), broken), outgoing, mirror, broken);
    } else {
      new UpstreamChoice(
              upstreams,
              upstream -> session(upstream, broken),
              chosen -> send(chosen, outgoing, mirror, broken))
          .choose();
    }
  }

  private ClientSession session(String upstream, Consumer<Throwable> broken) {
    return new ClientSession(
        plane.sessions(),
        plan.upstream(upstream),
        client.loop(),
        routing.requested(),
        recording,
        broken);
  }

  private void send(
      ClientSession session,
      OutgoingRequest outgoing,
      @Nullable Mirror mirror,
      Consumer<Throwable> broken) {
    if (reply.isOver()) {
      return;
    }
    recording.goesTo(session.upstream().settings().name());
    UpstreamRequest begun =
        new UpstreamRequest(
            new RequestContext(plane, outgoing, session, reply, recording, broken), mirror);
    toUpstream = begun;
    begun.start();
  }

  /** Ends the work when the client has gone. */
  @Override
  public void cancel() {
    if (!reply.isOver()) {
      reply.clientHasGone();
      try {
        stop();
      } catch (Throwable thrown) {
        broken(thrown);
      }
    }
  }

  @Override
  public boolean awaitsBody() {
    return toUpstream != null && toUpstream.awaitsBody();
  }

  @Override
  public long bodySent() {
    return toUpstream == null ? 0 : toUpstream.bodySent();
  }

  @Override
  public void giveUp(ClientFault fault) {
    Failure cause =
        switch (fault) {
          case BODY_TIMEOUT -> Failure.BODY_TIMEOUT;
          case MALFORMED_BODY -> Failure.BAD_REQUEST;
        };
    try {
      if (!reply.isOver()) {
        reply.fail(cause);
        stop();
      } else if (toUpstream != null) {
        toUpstream.abandon(cause);
      }
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  private void stop() {
    recording.abandoned();
    free();
  }

  /** Frees what the request has taken; the client hears of it if nothing has gone out yet. */
  private void broken(Throwable thrown) {
    client.loop().faults().caught("a request", thrown);
    try {
      if (reply.breakOff(this::free)) {
        return;
      }
    } catch (Throwable again) {
      client.loop().faults().caught("the end of a request", again);
    }
    client.connection().abort();
  }

  private void free() {
    if (toUpstream != null) {
      toUpstream.stop();
    }
  }
}
