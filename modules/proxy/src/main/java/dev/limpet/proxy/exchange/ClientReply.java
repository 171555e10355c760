package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.balancing.Backend;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Forwarding;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.message.Routing;
import dev.limpet.proxy.recording.RequestRecording;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.tracing.RequestMarks;
import dev.limpet.transport.report.FailureLog;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The response to one request, which goes out at most once, and the node's log of what went wrong
 * on the way to it. For the loop of the client's connection.
 */
final class ClientReply {

  private final RoutingPlan plan;
  private final Client client;
  private final HttpRequest request;
  private final Forwarding forwarding;
  private final Routing routing;
  private final RequestMarks marks;
  private final RequestRecording recording;
  private final Consumer<HttpResponse> sink;
  private boolean over;

  /** Where the request goes; null until that is known. */
  private @Nullable Upstream upstream;

  /** The server that was asked last. */
  private @Nullable Backend asked;

  ClientReply(
      RoutingPlan plan,
      Client client,
      HttpRequest request,
      Forwarding forwarding,
      Routing routing,
      RequestMarks marks,
      RequestRecording recording,
      Consumer<HttpResponse> sink) {
    this.plan = plan;
    this.client = client;
    this.request = request;
    this.forwarding = forwarding;
    this.routing = routing;
    this.marks = marks;
    this.recording = recording;
    this.sink = sink;
  }

  /** Whether the response is on its way, or nobody wants one any more. */
  boolean isOver() {
    return over;
  }

  void goesTo(Upstream chosen) {
    upstream = chosen;
  }

  void asks(Backend backend) {
    asked = backend;
  }

  /** Sends the response, unless it is too late for one. */
  void send(HttpResponse response) {
    if (over) {
      return;
    }
    over = true;
    recording.replied(response);
    sink.accept(Responses.secured(response, plan.strictTransport(client.listener())));
  }

  /** As {@link #send}, with the response that stands for a failure. */
  void fail(Failure failure) {
    if (!over) {
      note(Level.WARN, failure, "");
    }
    recording.failed(failure);
    send(routing.failure(failure));
  }

  /** Nobody waits for the response any more. */
  void clientHasGone() {
    // Clients come and go; that one has gone says something only to those who look for it.
    note(Level.DEBUG, Failure.CLIENT_GONE, "");
    over = true;
  }

  /** A tunnel begins in the place of the response. */
  void becomesTunnel() {
    over = true;
  }

  /**
   * Sends the response of a request that was broken by a fault of ours, if nothing has gone out
   * yet. Nothing that the settings or the request say is looked at: the fault may have been there.
   *
   * @param cleanUp frees what the request has taken, once no response can come of it any more
   * @return false if the client has had another response
   */
  boolean breakOff(Runnable cleanUp) {
    boolean answered = over;
    over = true;
    cleanUp.run();
    if (!answered) {
      recording.failed(Failure.INTERNAL);
      HttpResponse response = Responses.failure(Failure.INTERNAL, marks);
      recording.replied(response);
      sink.accept(response.addAttribute(RequestHandler.LAST, true));
    }
    return !answered;
  }

  /** A server has failed, which the client does not hear of if the next one does not. */
  void triedAgain(Failure failure) {
    note(Level.INFO, failure, ", and the request is tried again");
  }

  /** The response has begun, and will not be whole. */
  void isCut(Failure failure) {
    note(
        failure == Failure.CLIENT_GONE ? Level.DEBUG : Level.WARN,
        failure,
        ", when the response had begun");
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

  private String where() {
    String to = "";
    if (asked != null) {
      to = "server " + asked.id().value() + ", ";
    } else if (upstream != null) {
      to = "upstream " + upstream.settings().name() + ", ";
    }
    return to + routing.written() + ", listener " + client.listener();
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
}
