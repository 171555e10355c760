package dev.limpet.admin.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One kind of request that the API answers.
 *
 * @param method GET is for HEAD as well
 * @param path with variables: {@code /api/v1/upstreams/{upstream}/servers/{id}}; an id or a route
 *     may hold slashes, escaped or not
 * @param query the parameters that it knows
 */
public record Endpoint(
    HttpMethod method, String path, Access access, Set<String> query, Handler handler) {

  private static final Pattern VARIABLE = Pattern.compile("\\{([a-z]+)}");
  private static final Set<String> WITH_SLASHES = Set.of("id", "route");

  /** Makes the answer. A {@link Problem} that it throws, or fails with, is one, too. */
  public interface Handler {
    CompletionStage<HttpResponse> answer(Call call);
  }

  /** The same, but it knows no parameters. */
  public Endpoint withoutQuery() {
    return new Endpoint(method, path, access, Set.of(), handler);
  }

  /** The names of the path's variables, in order. */
  List<String> variables() {
    List<String> names = new ArrayList<>();
    Matcher variable = VARIABLE.matcher(path);
    while (variable.find()) {
      names.add(variable.group(1));
    }
    return names;
  }

  /** Matches paths that are still escaped, with a group for each variable. */
  Pattern pattern() {
    StringBuilder pattern = new StringBuilder();
    Matcher variable = VARIABLE.matcher(path);
    int from = 0;
    while (variable.find()) {
      pattern.append(Pattern.quote(path.substring(from, variable.start())));
      from = variable.end();
      pattern.append(WITH_SLASHES.contains(variable.group(1)) ? "(.+)" : "([^/]+)");
    }
    return Pattern.compile(pattern.append(Pattern.quote(path.substring(from))).toString());
  }
}
