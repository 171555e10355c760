package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** {@code /api/v1/changes}: who changed what, and when. */
final class History {

  static final String ALL = "/api/v1/changes";
  static final String ONE = ALL + "/{id}";

  static final Set<String> PARAMETERS =
      Set.of("since", "until", "who", "path", "server", "limit", "page");

  private static final int USUAL_LIMIT = 100;
  private static final int HIGHEST_LIMIT = 1000;

  private final ChangeRegistry registry;
  private final LongSupplier millis;

  /**
   * @param millis the cluster's time
   */
  History(ChangeRegistry registry, LongSupplier millis) {
    this.registry = registry;
    this.millis = millis;
  }

  HttpResponse list(Call call) {
    int limit = limit(call);
    Predicate<Change> wanted = filter(call);
    List<Change> history = registry.history();
    Map<String, String> undone = undone(history);
    List<ChangeView> changes = new ArrayList<>();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("changes", changes);
    body.put("trouble", registry.trouble());
    HttpResponse more = HttpResponse.create();
    for (Change change : history) {
      if (!wanted.test(change)) {
        continue;
      }
      if (changes.size() == limit) {
        String next = next(call, changes.getLast());
        body.put("next", next);
        more = more.addHeader(RawHeader.create("Link", "<" + next + ">; rel=\"next\""));
        break;
      }
      changes.add(ChangeView.of(change, undone));
    }
    return JsonResponses.json(StatusCodes.OK, body).addHeaders(more.getHeaders());
  }

  HttpResponse get(Call call) {
    Change change = find(call.variable("id"));
    return Answers.tagged(
        JsonResponses.json(StatusCodes.OK, ChangeView.of(change, undone(registry.history()))),
        Reversals.tag(change, registry));
  }

  /**
   * @throws Problem where there is no such change
   */
  Change find(String id) {
    return registry
        .find(id)
        .orElseThrow(
            () ->
                new Problem(
                    StatusCodes.NOT_FOUND,
                    "there is no change \"%s\" in the history, which goes back %d changes"
                        .formatted(id, registry.history().size())));
  }

  /** Changes that others take back, and the last that does. */
  static Map<String, String> undone(List<Change> history) {
    Map<String, String> undone = new HashMap<>();
    for (Change change : history) {
      change.undoes().ifPresent(other -> undone.putIfAbsent(other, change.id()));
    }
    return undone;
  }

  private static int limit(Call call) {
    String text = call.parameter("limit").orElse(String.valueOf(USUAL_LIMIT));
    if (text.matches("[0-9]{1,4}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= HIGHEST_LIMIT) {
        return limit;
      }
    }
    throw new Problem(
        StatusCodes.BAD_REQUEST,
        "limit is a whole number from 1 to %d, not \"%s\"".formatted(HIGHEST_LIMIT, text));
  }

  private Predicate<Change> filter(Call call) {
    Predicate<Change> filter = change -> true;
    long now = millis.getAsLong();
    for (Map.Entry<String, String> parameter : call.query().entrySet()) {
      String value = parameter.getValue();
      filter =
          filter.and(
              switch (parameter.getKey()) {
                case "since" -> {
                  long since = Times.read("since", value, now);
                  yield change -> change.time() >= since;
                }
                case "until" -> {
                  long until = Times.read("until", value, now);
                  yield change -> change.time() <= until;
                }
                case "who" -> change -> change.who().equals(value);
                case "path" -> touches(value);
                case "server" -> touchesServer(value);
                case "page" -> behind(value);
                default -> change -> true;
              });
    }
    return filter;
  }

  /** The path may be the API's own, which begins in the same way. */
  private static Predicate<Change> touches(String path) {
    String start = path.startsWith("/api/v1/") ? path.substring("/api/v1/".length()) : path;
    return change ->
        change.steps().stream()
            .map(step -> String.join("/", step.path().parts()))
            .anyMatch(set -> set.equals(start) || set.startsWith(start + "/"));
  }

  private static Predicate<Change> touchesServer(String server) {
    return change ->
        change.steps().stream()
            .map(step -> step.path().parts())
            .anyMatch(
                parts ->
                    parts.size() == 5
                        && parts.getFirst().equals("upstreams")
                        && (parts.get(1) + "/" + parts.get(3)).equals(server));
  }

  /** A page begins behind the change that it names, which may have been folded meanwhile. */
  private static Predicate<Change> behind(String page) {
    String[] parts = page.split("_", 2);
    if (parts.length == 2 && parts[0].matches("[0-9]{1,18}")) {
      long version = Long.parseLong(parts[0]);
      return change ->
          change.version() < version
              || (change.version() == version && change.id().compareTo(parts[1]) < 0);
    }
    throw new Problem(
        StatusCodes.BAD_REQUEST, "page is what next says, not \"%s\"".formatted(page));
  }

  private static String next(Call call, ChangeView last) {
    Map<String, String> query = new LinkedHashMap<>(call.query());
    query.put("page", last.version() + "_" + last.id());
    List<String> parameters = new ArrayList<>();
    query.forEach((name, value) -> parameters.add(name + "=" + Answers.escaped(value)));
    return ALL + "?" + String.join("&", parameters);
  }
}
