package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /api/v1/upstreams/{upstream}/servers} and what is below. */
final class Servers {

  static final String ALL = "/api/v1/upstreams/{upstream}/servers";
  static final String ONE = ALL + "/{id}";

  private static final String ID = "id";
  private static final int LONGEST_ID = 255;

  /**
   * @param servers how many it has
   */
  private record UpstreamView(String name, int servers) {}

  private Servers() {}

  /** {@code GET /api/v1/upstreams}. */
  static HttpResponse upstreams(Site site) {
    List<UpstreamView> upstreams = new ArrayList<>();
    for (String name : site.file().upstreams().keySet()) {
      upstreams.add(new UpstreamView(name, site.servers(name).size()));
    }
    return JsonResponses.json(StatusCodes.OK, Map.of("upstreams", upstreams));
  }

  static HttpResponse list(Call call, Site site) {
    String upstream = call.variable("upstream");
    return Answers.tagged(
        JsonResponses.json(
            StatusCodes.OK,
            Map.of(
                "servers",
                site.servers(upstream).stream().map(found -> ServerView.of(site, found)).toList())),
        listTag(site, upstream));
  }

  static HttpResponse get(Call call, Site site) {
    Site.Found found = site.server(call.variable("upstream"), call.variable(ID));
    return Answers.tagged(
        JsonResponses.json(StatusCodes.OK, ServerView.of(site, found)), tag(site, found));
  }

  private static String listTag(Site site, String upstream) {
    return Tag.of(site.overlay(), SettingPath.servers(upstream), ofFile(site, upstream));
  }

  private static Object ofFile(Site site, String upstream) {
    return site.upstream(upstream).servers();
  }

  private static String tag(Site site, Site.Found found) {
    return Tag.of(site.overlay(), found.path(), ofFile(found));
  }

  private static Object ofFile(Site.Found found) {
    return found.listed() == null ? "" : found.listed();
  }

  /** {@code POST}: one more server. */
  static Operation.Answer add(Call call, JsonNode body, Optional<Tag.Match> match, Plan plan) {
    String name = call.variable("upstream");
    Settings.Upstream upstream = plan.site().upstream(name);
    plan.expect(match, SettingPath.servers(name), ofFile(plan.site(), name));
    object(body);
    String given = id(name, body, plan);
    ServerId id = ServerId.of(name, given.isEmpty() ? "new" : given);
    SettingPath path = Site.pathOf(name, id);
    if (!given.isEmpty()) {
      plan.site()
          .find(upstream, id)
          .ifPresent(
              found -> {
                throw new Problem(
                        StatusCodes.CONFLICT,
                        "there is a server %s already (by %s); PATCH changes it"
                            .formatted(id, Answers.word(found.source())))
                    .kind("exists", "It is there already");
              });
      plan.expectUnchanged(path);
    }
    plan.edit(path.child(Site.PRESENT), "true", "");
    for (ServerField field : ServerField.values()) {
      plan.edit(path.child(field.json()), null, field.json());
    }
    fields(body, path, plan);
    if (!body.hasNonNull(ServerField.ADDRESS.json())) {
      plan.wrong(ServerField.ADDRESS.json(), "expected " + ServerField.ADDRESS.expected(), null);
    }
    return new Operation.Answer(
        StatusCodes.CREATED,
        Optional.of(location(name, id)),
        site -> site.find(site.upstream(name), id).map(found -> tag(site, found)),
        site -> body(site, name, id));
  }

  /** The one that is given, or the address; empty where neither is right. */
  private static String id(String upstream, JsonNode body, Plan plan) {
    JsonNode id = body.path(ID);
    if (!id.isMissingNode()) {
      String text = Site.withoutUpstream(upstream, id.asText());
      if (id.isTextual() && text.matches("[!-~]+") && text.length() <= LONGEST_ID) {
        return text;
      }
      plan.wrong(ID, "expected an id of printable characters, no blanks", id);
      return "";
    }
    try {
      return HostPort.parse(body.path(ServerField.ADDRESS.json()).asText()).toString();
    } catch (IllegalArgumentException e) {
      return body.path(ServerField.ADDRESS.json()).asText().strip();
    }
  }

  /** {@code PATCH} (RFC 7396, null for what the file says). */
  static Operation.Answer change(Call call, JsonNode body, Optional<Tag.Match> match, Plan plan) {
    String upstream = call.variable("upstream");
    Site.Found found = plan.site().server(upstream, call.variable(ID));
    plan.expect(match, found.path(), ofFile(found));
    object(body);
    if (body.isEmpty()) {
      plan.wrong("", "expected at least one of " + String.join(", ", ServerField.names()), body);
    }
    if (body.has(ID)) {
      plan.wrong(ID, "expected nothing: a server keeps its id", body.get(ID));
    }
    String address = ServerField.ADDRESS.json();
    if (found.listed() == null && found.source() != Site.Source.CHANGE && body.has(address)) {
      plan.wrong(
          address,
          "expected nothing: it is where DNS, Kubernetes or another node says",
          body.get(address));
    } else if (found.listed() == null && body.path(address).isNull()) {
      plan.wrong(
          address, "expected an address: the settings file has none for it", body.get(address));
    }
    fields(body, found.path(), plan);
    return new Operation.Answer(
        StatusCodes.OK,
        Optional.empty(),
        site -> site.find(site.upstream(upstream), found.id()).map(now -> tag(site, now)),
        site -> body(site, upstream, found.id()));
  }

  private static void fields(JsonNode body, SettingPath server, Plan plan) {
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      String name = member.getKey();
      Optional<ServerField> field = ServerField.of(name);
      if (field.isPresent()) {
        field(field.get(), member.getValue(), server, plan);
      } else if (!name.equals(ID)) {
        plan.wrong(name, "no such field" + Site.near(name, ServerField.names()), member.getValue());
      }
    }
  }

  private static void field(ServerField field, JsonNode value, SettingPath server, Plan plan) {
    SettingPath path = server.child(field.json());
    if (value.isNull()) {
      plan.edit(path, null, field.json());
      return;
    }
    field
        .read(value)
        .ifPresentOrElse(
            read -> plan.edit(path, read.toString(), field.json()),
            () -> plan.wrong(field.json(), "expected " + field.expected(), value));
  }

  /** {@code DELETE}. */
  static Operation.Answer remove(Call call, JsonNode body, Optional<Tag.Match> match, Plan plan) {
    Site.Found found = plan.site().server(call.variable("upstream"), call.variable(ID));
    plan.expect(match, found.path(), ofFile(found));
    if (found.source() != Site.Source.FILE && found.source() != Site.Source.CHANGE) {
      throw new Problem(
              StatusCodes.CONFLICT,
              found.source() == Site.Source.ELSEWHERE
                  ? "%s is in the settings of another node, not of this one; set its state to down"
                      .formatted(found.id())
                  : "%s names %s, and would again; set its state to down instead"
                      .formatted(Answers.word(found.source()), found.id()))
          .kind("conflict", "Something else is in the way");
    }
    // The other fields go back too: a server that has its name one day is another one.
    for (SettingPath set : List.copyOf(plan.site().overlay().within(found.path()).keySet())) {
      if (plan.site().overlay().json(set) != null) {
        plan.edit(set, null, "");
      }
    }
    plan.edit(
        found.path().child(Site.PRESENT), found.source() == Site.Source.FILE ? "false" : null, "");
    return new Operation.Answer(
        StatusCodes.OK, Optional.empty(), site -> Optional.empty(), site -> Map.of());
  }

  private static Map<String, Object> body(Site site, String upstream, ServerId id) {
    return site.find(site.upstream(upstream), id)
        .<Map<String, Object>>map(found -> Map.of("server", ServerView.of(site, found)))
        .orElse(Map.of());
  }

  private static void object(JsonNode body) {
    if (!body.isObject()) {
      throw new Problem(
          StatusCodes.BAD_REQUEST, "expected an object such as {\"weight\": 5} as the body");
    }
  }

  private static String location(String upstream, ServerId id) {
    return "/api/v1/upstreams/%s/servers/%s"
        .formatted(upstream, Answers.escaped(id.value().substring(upstream.length() + 1)));
  }
}
