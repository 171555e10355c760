package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.balancing.routing.PathNormalizer;
import dev.limpet.balancing.routing.Rewrites;
import dev.limpet.balancing.routing.RouteTable;
import dev.limpet.balancing.routing.Template;
import dev.limpet.http.message.WireHeader;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.HeaderOperation;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.tracing.RequestMarks;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The route of one request, and what it makes of the request and its response. Names and texts of
 * headers come from settings, where they are checked; what a request puts into placeholders loses
 * its control characters there.
 */
public final class Routing {

  private final HttpRequest request;
  private final RequestMarks marks;
  private final RequestView requested;
  private @Nullable Route route;
  private Set<String> allowedMethods = Set.of();

  public Routing(HttpRequest request, Forwarding forwarding, RequestMarks marks) {
    this.request = request;
    this.marks = marks;
    this.requested = new RequestView(request, forwarding, marks);
  }

  /**
   * Finds the route.
   *
   * @return why there is none, or null
   */
  public @Nullable Failure find(RouteTable routes) {
    if (!requested.isValid()) {
      return Failure.BAD_REQUEST;
    }
    route = routes.match(requested);
    if (route != null) {
      return mayBeAnother(routes) ? Failure.BAD_REQUEST : null;
    }
    allowedMethods = routes.allowedMethods(requested);
    return allowedMethods.isEmpty() ? Failure.NO_ROUTE : Failure.METHOD_NOT_ALLOWED;
  }

  /** The one that was found. */
  public Route route() {
    return Objects.requireNonNull(route, "it has been found");
  }

  /** The route in the words of the settings. */
  public String written() {
    return route == null ? "no route" : "route " + route.path().written();
  }

  /**
   * Whether a server may see another path than routes have, however it is written: IIS and Windows
   * take a backslash for a slash, servlet containers what follows a semicolon for a parameter. The
   * latter is well where it leads to the same route.
   */
  private boolean mayBeAnother(RouteTable routes) {
    String path = requested.path();
    if (!route().spelling().normalized() || !(action() instanceof Action.Forward)) {
      return false;
    }
    if (path.indexOf('\\') >= 0) {
      return true;
    }
    if (path.indexOf(';') < 0) {
      return false;
    }
    String bare = PathNormalizer.withoutParameters(path);
    return bare == null || !route().equals(routes.match(requested, bare));
  }

  public Action action() {
    return route().action();
  }

  public RequestView requested() {
    return requested;
  }

  /** The target that the server is asked for. */
  public String target(Action.Forward forward) {
    if (forward.rewrite().isPresent()) {
      return Rewrites.target(forward.rewrite().get(), route(), requested);
    }
    return requested.isNormal()
        ? requested.target()
        : Rewrites.path(route().spelling(), requested) + requested.query();
  }

  public HttpResponse redirect(Action.Redirect redirect) {
    return changed(
        Responses.redirect(
            redirect.status(), Template.location(redirect.to(), route(), requested)));
  }

  public HttpResponse fixed(Action.Respond response) {
    boolean headOnly = request.method().equals(HttpMethods.HEAD);
    return changed(Responses.fixed(response, headOnly));
  }

  public HttpResponse failure(Failure failure) {
    HttpResponse response = Responses.failure(failure, marks);
    return changed(
        allowedMethods.isEmpty()
            ? response
            : response.addHeader(new WireHeader("Allow", String.join(", ", allowedMethods))));
  }

  /** For the server. */
  public void changeRequest(HttpHeaders headers) {
    change(headers, route().requestHeaders());
  }

  /** For the client. */
  public io.netty.handler.codec.http.HttpResponse changed(
      io.netty.handler.codec.http.HttpResponse head) {
    change(head.headers(), route().responseHeaders());
    return head;
  }

  private HttpResponse changed(HttpResponse own) {
    return route == null || route.responseHeaders().isEmpty()
        ? own
        : Responses.changed(own, this::changed);
  }

  private void change(HttpHeaders headers, List<HeaderOperation> operations) {
    for (int i = 0; i < operations.size(); i++) {
      switch (operations.get(i)) {
        case HeaderOperation.Remove remove -> headers.remove(remove.name());
        case HeaderOperation.Set set -> headers.set(set.name(), value(set.value()));
        case HeaderOperation.Add add -> headers.add(add.name(), value(add.value()));
      }
    }
  }

  private String value(String text) {
    return Template.fill(text, route(), requested);
  }
}
