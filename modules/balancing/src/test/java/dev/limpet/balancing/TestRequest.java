package dev.limpet.balancing;

import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.balancing.routing.PathNormalizer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request with at most one header. */
public record TestRequest(
    String method, String host, String rawPath, String query, String name, String value)
    implements RequestFacts {

  public TestRequest(String method, String host, String rawPath, String query) {
    this(method, host, rawPath, query, "", "");
  }

  public static TestRequest get(String host, String target) {
    int query = target.indexOf('?');
    return query < 0
        ? new TestRequest("GET", host, target, "")
        : new TestRequest("GET", host, target.substring(0, query), target.substring(query));
  }

  public TestRequest method(String other) {
    return new TestRequest(other, host, rawPath, query, name, value);
  }

  public TestRequest header(String other, String its) {
    return new TestRequest(method, host, rawPath, query, other, its);
  }

  @Override
  public @Nullable String header(String wanted) {
    return wanted.equals(name.toLowerCase(Locale.ROOT)) ? value : null;
  }

  @Override
  public List<String> headers(String wanted) {
    String found = header(wanted);
    return found == null ? List.of() : List.of(found);
  }

  @Override
  public String target() {
    return rawPath + query;
  }

  @Override
  public String path() {
    return Objects.requireNonNull(PathNormalizer.normalize(rawPath));
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String requestId() {
    return "7c1f";
  }

  @Override
  public String address() {
    return "192.0.2.1";
  }
}
