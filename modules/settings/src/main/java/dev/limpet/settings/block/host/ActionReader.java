package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Action.Rewrite;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.words.Nearest;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what one route does with its requests. */
final class ActionReader {

  private static final Action NOTHING =
      new Action.Forward(List.of(), Optional.empty(), Optional.empty());
  private static final Pattern LOCATION = Pattern.compile("(https?://|/|\\{)[!-~]*");
  private static final Pattern TARGET = Pattern.compile("/[!-~&&[^?#]]*");
  private static final Pattern VISIBLE = Pattern.compile("[!-~]([ -~]*[!-~])?");
  private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);
  private static final int MEGABYTE = 1 << 20;
  private static final List<Integer> WITHOUT_BODY = List.of(204, 205, 304);

  private final Collection<String> upstreams;
  private final PathMatch path;

  ActionReader(Collection<String> upstreams, PathMatch path) {
    this.upstreams = upstreams;
    this.path = path;
  }

  Action read(Section route) {
    List<String> kinds =
        List.of("upstream", "redirect", "respond").stream().filter(route::has).toList();
    if (kinds.size() > 1) {
      route.reject(
          kinds.getLast(),
          "a route has either an upstream, a redirect or a response, not both "
              + String.join(" and ", kinds));
    } else if (kinds.isEmpty()) {
      route.reject(
          "a route needs upstream = <name>, redirect { to = <location> } or respond { status = 200 }");
    }
    Optional<Rewrite> rewrite = route.sectionIfSet("rewrite").flatMap(this::rewrite);
    if (route.has("rewrite") && !route.has("upstream")) {
      route.reject("rewrite", "only requests for an upstream can be rewritten");
    }
    Optional<Action.Mirror> mirror = route.sectionIfSet("mirror").map(this::mirror);
    if (route.has("mirror") && !route.has("upstream")) {
      route.reject("mirror", "only requests for an upstream can be mirrored");
    }
    if (kinds.isEmpty()) {
      return NOTHING;
    }
    return switch (kinds.getFirst()) {
      case "redirect" -> redirect(route.section("redirect"));
      case "respond" -> respond(route.section("respond"));
      default -> new Action.Forward(shares(route), rewrite, mirror);
    };
  }

  private List<Action.Share> shares(Section route) {
    if (!route.isList("upstream")) {
      return List.of(new Action.Share(route.get("upstream", "", this::upstream), 1));
    }
    List<Action.Share> shares = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Section section : route.sections("upstream", "share")) {
      String name = section.get("name", "", this::upstream);
      if (!name.isEmpty() && !names.add(name)) {
        section.reject("name", "duplicate upstream \"" + name + "\" in this route");
      }
      shares.add(new Action.Share(name, section.whole("weight", 0, 1_000_000)));
    }
    if (shares.stream().allMatch(share -> share.weight() == 0)) {
      route.reject("upstream", "at least one upstream with a weight above 0 is needed");
    }
    return List.copyOf(shares);
  }

  private String upstream(ConfigValue value) {
    String name = Values.text(value);
    if (!upstreams.contains(name)) {
      throw new IllegalArgumentException(
          "there is no upstream \"" + name + "\"" + Nearest.hint(name, upstreams, "there are"));
    }
    return name;
  }

  private Action redirect(Section redirect) {
    return new Action.Redirect(
        redirect.get("to", "", this::location),
        redirect.get("status", 302, ActionReader::redirectStatus));
  }

  private String location(ConfigValue value) {
    String to =
        Values.matching(
            value, LOCATION, "a path or an http:// or https:// address, without blanks");
    return Placeholders.checked(to, Placeholders.all(path));
  }

  private static int redirectStatus(ConfigValue value) {
    int status = (int) Values.whole(value, 100, 599);
    if (!REDIRECTS.contains(status)) {
      throw Values.expected("a redirect's status: 301, 302, 303, 307 or 308", value);
    }
    return status;
  }

  private static Action respond(Section respond) {
    int status = respond.whole("status", 200, 599);
    String body = respond.text("body");
    String type =
        respond.get(
            "content-type",
            "",
            v -> Values.matching(v, VISIBLE, "a media type such as text/plain"));
    if (!body.isEmpty() && WITHOUT_BODY.contains(status)) {
      respond.reject("body", "a response with status " + status + " has no body");
    }
    return new Action.Respond(status, body, body.isEmpty() ? "" : type);
  }

  private Optional<Rewrite> rewrite(Section rewrite) {
    boolean byPrefix = rewrite.has("prefix") || rewrite.has("to");
    if (byPrefix == rewrite.has("path")) {
      rewrite.reject("a rewrite has either a path, or a prefix and what it is replaced with (to)");
    }
    if (rewrite.has("path")) {
      return Optional.of(new Rewrite.Path(rewrite.get("path", "/", this::rewrittenPath)));
    }
    if (!byPrefix) {
      return Optional.empty();
    }
    String prefix = rewrite.get("prefix", "/", ActionReader::prefix);
    String to = rewrite.get("to", "/", ActionReader::prefix);
    if (rewrite.has("prefix") && rewrite.has("to") && prefix.endsWith("/") != to.endsWith("/")) {
      rewrite.reject("to", "prefix and to must both end with a slash, or both without one");
    }
    return Optional.of(new Rewrite.Prefix(prefix, to));
  }

  private Action.Mirror mirror(Section mirror) {
    return new Action.Mirror(
        mirror.get("upstream", "", this::upstream),
        mirror.get("share", 0.0, value -> Values.share(value)),
        (int) mirror.size("max-body", 0, MEGABYTE));
  }

  private String rewrittenPath(ConfigValue value) {
    String to = Values.matching(value, TARGET, "a path without blanks and without a query");
    return Placeholders.checked(to, Placeholders.captures(path));
  }

  private static String prefix(ConfigValue value) {
    return Values.matching(value, TARGET, "the beginning of a path, without blanks");
  }
}
