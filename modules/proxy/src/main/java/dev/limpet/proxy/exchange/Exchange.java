package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.model.settings.Action;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Forwarding;
import dev.limpet.proxy.message.MaxForwards;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.message.Routing;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.report.FailureLog;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * One request from the client's side: {@link #start} finds the route, {@link UpstreamRequest} the
 * server and its answer, {@link #reply} sends the response. All of it runs on the loop of the
 * client's connection.
 */
public final class Exchange implements RequestHandler.Work, UpstreamRequest.Owner {

  private final DataPlane plane;
  private final RoutingPlan plan;
  private final Client client;
  private final HttpRequest request;
  private final Materializer materializer;
  private final Consumer<HttpResponse> reply;
  private final Forwarding forwarding;
  private final Routing routing;
  private final Entry log;

  /** Once it is known which upstream the request goes to. */
  private @Nullable UpstreamRequest relay;

  private boolean over;

  /** The upstream that counts this request, where {@code max-requests} is set. */
  private @Nullable Upstream counting;

  /** Where {@code timeouts.request} is set. */
  private @Nullable RequestClock clock;

  public Exchange(
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
    this.reply = reply;
    this.forwarding = Forwarding.of(client, request);
    this.routing = new Routing(request, forwarding);
    this.log = plane.accessLog().begin(client.listener(), forwarding.address(), request);
  }

  /** Finds the route and follows it. */
  public void start() {
    try {
      follow();
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  private void follow() {
    Failure refused = routing.find(plan.routes(client.listener()));
    if (refused != null) {
      fail(refused);
      return;
    }
    switch (routing.action()) {
      case Action.Redirect redirect -> reply(routing.redirect(redirect));
      case Action.Respond fixed -> reply(routing.fixed(fixed));
      case Action.Forward forward -> forward(forward);
    }
  }

  private void forward(Action.Forward forward) {
    if (plane.via().isBack(request)) {
      fail(Failure.LOOP);
      return;
    }
    HttpResponse end = MaxForwards.answer(request, routing.requested().target());
    if (end != null) {
      reply(end);
      return;
    }
    OutgoingRequest outgoing =
        new OutgoingRequest(
            request,
            client,
            forwarding,
            routing,
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
                plan.group(forward.mirror().get().upstream()),
                outgoing);
    List<Action.Share> upstreams = forward.upstreams();
    if (upstreams.size() == 1) {
      relay(session(upstreams.getFirst().upstream()), outgoing, mirror, false);
    } else {
      new UpstreamChoice(
              plane,
              upstreams,
              this::session,
              (session, recognized) -> relay(session, outgoing, mirror, recognized))
          .begin();
    }
  }

  private ClientSession session(String upstream) {
    return new ClientSession(
        plane.sessions(),
        plan.group(upstream),
        client.loop(),
        routing.requested(),
        log,
        this::broken);
  }

  /**
   * @param recognized whether the session has been asked whom it knows
   */
  private void relay(
      ClientSession session,
      OutgoingRequest outgoing,
      @Nullable Mirror mirror,
      boolean recognized) {
    if (over) {
      return;
    }
    Upstream group = session.group();
    log.routed(group.settings().name());
    int most = group.settings().maxRequests();
    if (most > 0) {
      if (!group.tryBegin(most)) {
        fail(Failure.TOO_MANY_REQUESTS);
        return;
      }
      counting = group;
    }
    if (request.entity().getContentLengthOption().orElse(0) > plan.maxBodySize()) {
      fail(Failure.BODY_TOO_LARGE);
      return;
    }
    group.retryBudget().onRequest();
    UpstreamRequest asking = new UpstreamRequest(plane, outgoing, mirror, session, log, this);
    relay = asking;
    Duration limit = group.settings().timeouts().request();
    if (!limit.isZero()) {
      clock = RequestClock.start(plane.connections(client.loop()), limit, () -> expire(asking));
    }
    asking.begin(recognized);
  }

  /** Ends the work when the client has gone. */
  @Override
  public void run() {
    if (!over) {
      note(Failure.CLIENT_GONE, "");
      over = true;
      try {
        stop();
      } catch (Throwable thrown) {
        broken(thrown);
      }
    }
  }

  @Override
  public boolean awaitsBody() {
    return relay != null && relay.awaitsBody();
  }

  @Override
  public long bodySent() {
    return relay == null ? 0 : relay.bodySent();
  }

  @Override
  public void giveUp(ClientFault fault) {
    Failure cause =
        switch (fault) {
          case BODY_TIMEOUT -> Failure.BODY_TIMEOUT;
          case MALFORMED_BODY -> Failure.BAD_REQUEST;
        };
    try {
      if (!over) {
        fail(cause);
        stop();
      } else if (relay != null) {
        relay.abandon(cause);
      }
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  /**
   * Frees what the request has taken; the client hears of it if nothing has gone out yet. Nothing
   * that the settings or the request say is looked at again: it may have been that.
   */
  @Override
  public void broken(Throwable thrown) {
    boolean answered = over;
    over = true;
    client.loop().faults().caught("a request", thrown);
    try {
      if (relay != null) {
        relay.drop();
      }
      ended();
      if (!answered) {
        log.failed(Failure.INTERNAL);
        HttpResponse response = Responses.failure(Failure.INTERNAL);
        log.replied(response);
        reply.accept(response.addAttribute(RequestHandler.LAST, true));
        return;
      }
    } catch (Throwable again) {
      client.loop().faults().caught("the end of a request", again);
    }
    client.connection().abort();
  }

  private void expire(UpstreamRequest asking) {
    try {
      if (over) {
        asking.abandon(Failure.REQUEST_TIMEOUT);
      } else {
        asking.expire(Failure.REQUEST_TIMEOUT);
      }
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  private void stop() {
    log.abandoned();
    if (relay == null) {
      ended();
    } else {
      relay.stop();
    }
  }

  @Override
  public boolean isOver() {
    return over;
  }

  @Override
  public void fail(Failure failure) {
    if (!over) {
      note(failure, "");
    }
    log.failed(failure);
    reply(routing.failure(failure));
  }

  @Override
  public void reply(HttpResponse response) {
    if (over) {
      return;
    }
    over = true;
    if (relay == null || !relay.isConnected()) {
      ended();
    }
    log.replied(response);
    reply.accept(Responses.secured(response, plan.strictTransport(client.listener())));
  }

  @Override
  public @Nullable Upstream becomesTunnel() {
    stopClock();
    over = true;
    Upstream counts = counting;
    counting = null;
    return counts;
  }

  @Override
  public void onDisconnected() {
    if (over) {
      ended();
    }
  }

  @Override
  public void triedAgain(Failure failure) {
    note(Level.INFO, failure, ", and the request is tried again");
  }

  @Override
  public void broken(Failure failure) {
    note(failure, ", when the response had begun");
  }

  private void note(Failure failure, String when) {
    // Clients come and go; that one has gone says something only to those who look for it.
    note(failure == Failure.CLIENT_GONE ? Level.DEBUG : Level.WARN, failure, when);
  }

  private void note(Level level, Failure failure, String when) {
    FailureLog failures = client.loop().failures();
    if (failures.takes(level)) {
      failures.note(
          level,
          failure.status() + " " + failure + ", " + failure.message() + when + "; " + where(),
          this::example);
    }
  }

  private String example() {
    return request.method().name()
        + " "
        + routing.requested().target()
        + " for "
        + routing.requested().host()
        + " from "
        + forwarding.address();
  }

  private String where() {
    String asked = relay == null ? "" : relay.asked() + ", ";
    return asked + routing.written() + ", listener " + client.listener();
  }

  /** Nobody has anything more to do with the request. */
  private void ended() {
    stopClock();
    if (counting != null) {
      counting.end();
      counting = null;
    }
  }

  private void stopClock() {
    if (clock != null) {
      clock.stop();
      clock = null;
    }
  }
}
