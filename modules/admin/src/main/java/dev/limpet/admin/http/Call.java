package dev.limpet.admin.http;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A request to an endpoint.
 *
 * @param caller who may use the endpoint
 * @param path the values of the path's variables, by their names
 * @param query the parameters, all of which the endpoint knows
 */
public record Call(
    Endpoint endpoint,
    HttpRequest request,
    Caller caller,
    Map<String, String> path,
    Map<String, String> query) {

  /** Has the endpoint answer it. */
  public CompletionStage<HttpResponse> answer() {
    return endpoint.handler().answer(this);
  }

  /** A variable of the path, which is there. */
  public String variable(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalArgumentException("{" + name + "} is not in the endpoint's path");
    }
    return value;
  }

  public Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /** Whether a parameter is {@code true}; one without a value is. */
  public boolean flag(String name) {
    String value = query.getOrDefault(name, "false");
    return switch (value) {
      case "true", "" -> true;
      case "false" -> false;
      default ->
          throw new Problem(
              StatusCodes.BAD_REQUEST, "%s is true or false, not \"%s\"".formatted(name, value));
    };
  }
}
