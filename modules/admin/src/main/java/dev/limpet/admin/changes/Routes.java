package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/routes} and what is below: the shares of routes that send to upstreams. */
final class Routes {

  static final String ALL = "/api/v1/routes";
  static final String SHARES = ALL + "/{route}/shares";

  private static final String MEMBER = "shares";

  /** A route that sends to upstreams, as the file has it. */
  private record Found(VirtualHost host, Route route, Action.Forward action) {

    String name() {
      return route.name();
    }

    ObjectNode shares() {
      ObjectNode shares = JsonNodeFactory.instance.objectNode();
      action.upstreams().forEach(share -> shares.put(share.upstream(), share.weight()));
      return shares;
    }
  }

  /**
   * A route as the API shows it.
   *
   * @param route its name, or its path where it has none
   * @param hosts that it is for
   * @param shares weights of upstreams
   * @param source file or change
   * @param change the id of the change that has set the shares; null where none has
   * @param file the shares by the settings file, where a change has others
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record View(
      String route,
      String path,
      List<String> hosts,
      JsonNode shares,
      String source,
      @Nullable String change,
      @Nullable JsonNode file) {}

  private Routes() {}

  static HttpResponse list(Site site) {
    return JsonResponses.json(
        StatusCodes.OK,
        Map.of("routes", all(site).stream().map(found -> view(site, found)).toList()));
  }

  static HttpResponse get(Call call, Site site) {
    Found found = find(site, call.variable("route"));
    return Answers.tagged(JsonResponses.json(StatusCodes.OK, view(site, found)), tag(site, found));
  }

  /** {@code PATCH} with {@code {"shares": {"canary": 10}}}; null for what the file says. */
  static Operation.Answer change(Call call, JsonNode body, Optional<Tag.Match> match, Plan plan) {
    Site site = plan.site();
    Found found = find(site, call.variable("route"));
    SettingPath path = SettingPath.shares(found.name());
    plan.expect(match, path, found.shares());
    if (!body.isObject()) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "expected an object such as {\"shares\": {\"nodejs\": 90, \"canary\": 10}} as the body");
    }
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      if (!member.getKey().equals(MEMBER)) {
        plan.wrong(member.getKey(), "no such field; there is shares", member.getValue());
      }
    }
    JsonNode shares = body.path(MEMBER);
    if (shares.isNull()) {
      plan.edit(path, null, MEMBER);
    } else if (shares.isObject() && !shares.isEmpty()) {
      plan.edit(path, merged(site, found, shares, plan).toString(), MEMBER);
      plan.expectUnchanged(path);
    } else {
      plan.wrong(
          MEMBER,
          "expected weights by upstream, such as {\"nodejs\": 90, \"canary\": 10}, or null",
          shares.isMissingNode() ? null : shares);
    }
    return new Operation.Answer(
        StatusCodes.OK,
        Optional.empty(),
        now -> Optional.of(tag(now, found)),
        now -> Map.of("route", view(now, found)));
  }

  private static ObjectNode merged(Site site, Found found, JsonNode given, Plan plan) {
    ObjectNode merged = shares(site, found);
    ObjectNode file = found.shares();
    for (Map.Entry<String, JsonNode> share : given.properties()) {
      String upstream = share.getKey();
      JsonNode weight = share.getValue();
      if (weight.isNull()) {
        merged.remove(upstream);
        merged.setAll(file.has(upstream) ? one(upstream, file.get(upstream)) : one());
      } else if (weight.isIntegralNumber() && weight.canConvertToInt()) {
        merged.set(upstream, weight);
      } else {
        plan.wrong(MEMBER + "." + upstream, "expected a whole number, or null", weight);
      }
    }
    return merged;
  }

  private static ObjectNode one() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode one(String name, JsonNode value) {
    ObjectNode object = one();
    object.set(name, value);
    return object;
  }

  /** The shares with the change over them: those of the file that it does not name get nothing. */
  private static ObjectNode shares(Site site, Found found) {
    String json = site.overlay().json(SettingPath.shares(found.name()));
    ObjectNode shares = found.shares();
    if (json != null && Json.read(json) instanceof ObjectNode changed) {
      shares.fieldNames().forEachRemaining(upstream -> shares.put(upstream, 0));
      shares.setAll(changed);
    }
    return shares;
  }

  private static View view(Site site, Found found) {
    Overlay.Value value = site.overlay().values().get(SettingPath.shares(found.name()));
    boolean changed = value != null && value.json() != null;
    return new View(
        found.name(),
        found.route().path().written(),
        found.host().names(),
        shares(site, found),
        changed ? "change" : "file",
        changed ? Objects.requireNonNull(value).change() : null,
        changed ? found.shares() : null);
  }

  private static String tag(Site site, Found found) {
    return Tag.of(site.overlay(), SettingPath.shares(found.name()), found.shares());
  }

  private static Found find(Site site, String name) {
    List<Found> all = all(site);
    List<Found> found = all.stream().filter(route -> route.name().equals(name)).toList();
    if (found.isEmpty()) {
      throw new Problem(
          StatusCodes.NOT_FOUND,
          "there is no route \"%s\" that sends to upstreams%s"
              .formatted(name, Site.near(name, all.stream().map(Found::name).distinct().toList())));
    }
    if (found.size() > 1) {
      throw new Problem(
              StatusCodes.CONFLICT,
              "%d routes have the path %s; give the one that is meant a name in the settings file"
                  .formatted(found.size(), name))
          .kind("ambiguous", "More than one is called that");
    }
    return found.getFirst();
  }

  private static List<Found> all(Site site) {
    List<Found> found = new ArrayList<>();
    for (VirtualHost host : site.file().hosts()) {
      for (Route route : host.routes()) {
        if (route.action() instanceof Action.Forward forward) {
          found.add(new Found(host, route, forward));
        }
      }
    }
    return found;
  }
}
