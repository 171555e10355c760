package dev.limpet.admin.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import akka.http.scaladsl.model.IllegalUriException;
import akka.japi.Pair;
import dev.limpet.model.words.Nearest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The table of all endpoints: finds the one that a request is for. */
public final class Router {

  private record Entry(Endpoint endpoint, Pattern pattern, List<String> variables) {}

  private final List<Entry> table;

  /**
   * @param endpoints those with variables behind those that have fixed text in their place
   */
  public Router(List<Endpoint> endpoints) {
    table =
        endpoints.stream()
            .map(endpoint -> new Entry(endpoint, endpoint.pattern(), endpoint.variables()))
            .toList();
  }

  /** All of them. */
  public List<Endpoint> endpoints() {
    return table.stream().map(Entry::endpoint).toList();
  }

  /** The endpoint that a request is for; null where there is none, see {@link #call}. */
  public @Nullable Endpoint find(HttpRequest request) {
    Entry entry = entry(request);
    return entry == null ? null : entry.endpoint();
  }

  /**
   * The request as its endpoint takes it.
   *
   * @throws Problem where there is no such endpoint, or it does not know a parameter
   */
  public Call call(HttpRequest request, Caller caller) {
    Entry entry = entry(request);
    if (entry == null) {
      throw noEndpoint(request);
    }
    Map<String, String> variables = new LinkedHashMap<>();
    Matcher path = entry.pattern().matcher(request.getUri().path());
    for (int i = 0; path.matches() && i < entry.variables().size(); i++) {
      variables.put(entry.variables().get(i), decoded(path.group(i + 1)));
    }
    Endpoint endpoint = entry.endpoint();
    return new Call(endpoint, request, caller, variables, query(request, endpoint.query()));
  }

  private @Nullable Entry entry(HttpRequest request) {
    String path = request.getUri().path();
    for (Entry entry : table) {
      if (entry.endpoint().method().equals(asked(request))
          && entry.pattern().matcher(path).matches()) {
        return entry;
      }
    }
    return null;
  }

  private static HttpMethod asked(HttpRequest request) {
    return request.method().equals(HttpMethods.HEAD) ? HttpMethods.GET : request.method();
  }

  private Problem noEndpoint(HttpRequest request) {
    String path = request.getUri().path();
    Set<HttpMethod> allowed = new LinkedHashSet<>();
    for (Entry entry : table) {
      if (entry.pattern().matcher(path).matches()) {
        allowed.add(entry.endpoint().method());
      }
    }
    if (!allowed.isEmpty()) {
      String use = String.join(", ", allowed.stream().map(HttpMethod::value).toList());
      if (allowed.contains(HttpMethods.GET)) {
        allowed.add(HttpMethods.HEAD);
      }
      return new Problem(StatusCodes.METHOD_NOT_ALLOWED, "use " + use)
          .with(Allow.create(allowed.toArray(HttpMethod[]::new)));
    }
    Set<String> paths = new LinkedHashSet<>();
    table.forEach(entry -> paths.add(entry.endpoint().path()));
    return new Problem(StatusCodes.NOT_FOUND, "there is " + String.join(", ", paths));
  }

  private static Map<String, String> query(HttpRequest request, Set<String> known) {
    List<Pair<String, String>> given;
    try {
      given = request.getUri().query().toList();
    } catch (IllegalUriException e) {
      throw new Problem(StatusCodes.BAD_REQUEST, "the query cannot be read: " + e.getMessage());
    }
    Map<String, String> query = new LinkedHashMap<>();
    for (Pair<String, String> parameter : given) {
      String name = parameter.first();
      if (!known.contains(name)) {
        throw new Problem(
            StatusCodes.BAD_REQUEST,
            known.isEmpty()
                ? "there is no parameter \"%s\" here, nor any other".formatted(name)
                : "there is no parameter \"%s\" here%s"
                    .formatted(name, Nearest.hint(name, new TreeSet<>(known), "there are")));
      }
      if (query.put(name, parameter.second()) != null) {
        throw new Problem(StatusCodes.BAD_REQUEST, "\"%s\" is there twice".formatted(name));
      }
    }
    return query;
  }

  /** A plus is one in a path. */
  private static String decoded(String escaped) {
    return URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
