package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpRequest;
import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.balancing.routing.PathNormalizer;
import dev.limpet.proxy.tracing.RequestMarks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's request as routes see it. */
public final class RequestView implements RequestFacts {

  private final HttpRequest request;
  private final Forwarding forwarding;
  private final RequestMarks marks;
  private final String target;
  private final String host;
  private final int pathEnd;
  private final @Nullable String path;
  private final boolean normal;

  RequestView(HttpRequest request, Forwarding forwarding, RequestMarks marks) {
    this.request = request;
    this.forwarding = forwarding;
    this.marks = marks;
    this.target = Headers.target(request);
    String hostHeader = Headers.find(request, "host");
    this.host = hostHeader == null ? "" : hostHeader;
    int query = target.indexOf('?');
    this.pathEnd = query < 0 ? target.length() : query;
    String sent = rawPath();
    this.path = PathNormalizer.normalize(sent);
    this.normal = sent.equals(path);
  }

  /** Whether it has a path that can be understood. */
  boolean isValid() {
    return path != null;
  }

  /** Whether the path was sent as routes see it. */
  boolean isNormal() {
    return normal;
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public @Nullable String header(String name) {
    return Headers.find(request, name);
  }

  @Override
  public List<String> headers(String name) {
    return Headers.findAll(request, name);
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public String host() {
    return host;
  }

  /** {@code OPTIONS *} goes by the route of the root. */
  @Override
  public String path() {
    return path == null || path.equals("*") ? "/" : path;
  }

  @Override
  public String rawPath() {
    return pathEnd == target.length() ? target : target.substring(0, pathEnd);
  }

  @Override
  public String query() {
    return target.substring(pathEnd);
  }

  @Override
  public String scheme() {
    return forwarding.scheme();
  }

  @Override
  public String address() {
    return forwarding.address();
  }

  @Override
  public String requestId() {
    return marks.id();
  }
}
