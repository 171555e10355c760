package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Compression;
import dev.limpet.model.settings.route.Compression.Encoding;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Condition;
import dev.limpet.model.settings.route.Route.Conditions;
import dev.limpet.model.settings.route.Route.HeaderOperation;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.settings.route.Route.ValueMatch;
import dev.limpet.settings.hocon.InvalidSettings;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Routes as they are read: paths, conditions, actions. */
class RouteSettingsTest {

  @Test
  void everyKindOfPathIsRead() throws InvalidSettings {
    Settings read =
        SmallestSettings.with(
            """
            limpet.hosts = [ { routes = [
              { path = "= /a", redirect { to = "https://{host}{uri}" } }
              { path = "^~ /b", upstream = nodejs }
              { path = "~ [.]png$", upstream = nodejs }
              { path = "~* [.]gif$", upstream = nodejs }
            ] } ]
            """);
    List<Route> routes = read.hosts().getFirst().routes();
    assertThat(routes.get(0))
        .isEqualTo(
            new Route(
                "= /a",
                new PathMatch.Exact("/a"),
                Conditions.NONE,
                new Action.Redirect("https://{host}{uri}", 302),
                List.of(),
                List.of(),
                new Route.Spelling(true, false),
                Optional.empty()));
    assertThat(routes.get(1).path()).isEqualTo(new PathMatch.Prefix("/b", true));
    assertThat(expression(routes.get(2)).isFoundIn("/x.PNG")).isFalse();
    assertThat(expression(routes.get(3)).isFoundIn("/x.GIF")).isTrue();
  }

  @Test
  void pathsGoOnNormalizedWhereARouteGuardsSomething() throws InvalidSettings {
    assertThat(
            normalized(
                "{ path = \"/a/\", upstream = nodejs }, { path = \"^~ /b\", upstream = nodejs }"))
        .isEqualTo("false false ");
    String other = ", { path = \"/\", upstream = nodejs }";
    assertThat(normalized("{ path = \"= /a\", upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"~ a\", upstream = nodejs }" + other)).isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", respond.status = 403 }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", methods = [ GET ], upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", rewrite.path = \"/b\", upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(
            normalized("{ path = \"= /a\", upstream = nodejs, path-forwarding = as-sent }" + other))
        .isEqualTo("false true ");
    assertThat(
            normalized(
                "{ path = \"= /a\", upstream = nodejs } ], path-forwarding = as-sent, case-insensitive = off, listeners = ["))
        .isEqualTo("false ");
  }

  private static String normalized(String routes) throws InvalidSettings {
    StringBuilder all = new StringBuilder();
    for (Route route :
        SmallestSettings.with("limpet.hosts = [ { routes = [ " + routes + " ] } ]")
            .hosts()
            .getFirst()
            .routes()) {
      all.append(route.spelling().normalized()).append(' ');
    }
    return all.toString();
  }

  @Test
  void everythingThatARouteCanDoIsRead() throws InvalidSettings {
    Settings read =
        SmallestSettings.with(
            """
            limpet.upstreams.canary.servers = [ { address = "b:2" } ]
            limpet.hosts = [ {
              request-headers { set { X-Host = "{host}" }, remove = [ X-Old ] }
              routes = [
                { path = "~ ^/u/([0-9]+)/(?<rest>.*)", methods = [ GET, HEAD ]
                  headers { X-Beta = on, x-name = "~ ^a", x-none = absent, x-word = "= present" }
                  query { debug = present }
                  upstream = [ { name = nodejs, weight = 95 }, { name = canary, weight = 5 } ]
                  rewrite { path = "/{rest}/{1}" }
                  mirror { upstream = canary, share = 10% }
                  request-headers { add { X-Id = "{1}" } }
                  response-headers { set { Cache-Control = no-store } } }
                { path = "/api/", upstream = nodejs, rewrite { prefix = "/api/", to = "/" } }
                { path = "= /ok", respond { body = fine } }
                { path = "= /gone", respond { status = 410 } }
              ] } ]
            """);
    List<Route> routes = read.hosts().getFirst().routes();
    Route first = routes.getFirst();
    assertThat(first.conditions().methods()).containsExactly("GET", "HEAD");
    assertThat(first.conditions().headers())
        .contains(
            new Condition("x-beta", new ValueMatch.Equal("on")),
            new Condition("x-none", new ValueMatch.Present(false)),
            new Condition("x-word", new ValueMatch.Equal("present")))
        .hasSize(4);
    assertThat(first.conditions().query())
        .containsExactly(new Condition("debug", new ValueMatch.Present(true)));
    assertThat(first.action())
        .isEqualTo(
            new Action.Forward(
                List.of(new Action.Share("nodejs", 95), new Action.Share("canary", 5)),
                Optional.of(new Action.Rewrite.Path("/{rest}/{1}")),
                Optional.of(new Action.Mirror("canary", 0.1, 65_536))));
    assertThat(first.requestHeaders())
        .containsExactly(
            new HeaderOperation.Remove("X-Old"),
            new HeaderOperation.Set("X-Host", "{host}"),
            new HeaderOperation.Add("X-Id", "{1}"));
    assertThat(first.responseHeaders())
        .containsExactly(new HeaderOperation.Set("Cache-Control", "no-store"));
    assertThat(routes.get(1).requestHeaders()).isEqualTo(first.requestHeaders().subList(0, 2));
    assertThat(routes.get(2).action())
        .isEqualTo(new Action.Respond(200, "fine", "text/plain; charset=utf-8"));
    assertThat(routes.get(3).action()).isEqualTo(new Action.Respond(410, "", ""));
  }

  @Test
  void routesCompressAsTheirHostSaysUnlessTheySaySo() throws InvalidSettings {
    List<Route> routes =
        SmallestSettings.with(
                """
                limpet.hosts = [ { compression { enabled = on, types = [ "Text/*" ], min-size = 2k }
                  routes = [
                    { path = "/", upstream = nodejs }
                    { path = "/pictures/", upstream = nodejs, compression = off }
                  ] },
                  { names = [ "other.example" ], routes = [
                    { path = "/", upstream = nodejs }
                    { path = "/assets/", upstream = nodejs, compression = on }
                  ] } ]
                """)
            .hosts()
            .stream()
            .flatMap(host -> host.routes().stream())
            .toList();
    assertThat(routes.get(0).compression())
        .contains(
            new Compression(
                List.of(Encoding.BR, Encoding.ZSTD, Encoding.GZIP), Set.of("text/*"), 2048));
    assertThat(routes.get(1).compression()).isEmpty();
    assertThat(routes.get(2).compression()).isEmpty();
    assertThat(routes.get(3).compression()).isPresent();
  }

  @Test
  void whatNobodyCanCompressIsRefused() {
    assertThat(refusalOf("encodings = [ deflate ]")).contains("br").contains("deflate");
    assertThat(refusalOf("encodings = []")).contains("at least one is needed");
    assertThat(refusalOf("encodings = [ gzip, gzip ]")).contains("twice");
    assertThat(refusalOf("types = [ html ]")).contains("a media type such as text/html");
    assertThat(refusalOf("min-size = 2g")).contains("min-size");
    assertThat(refusalOf("level = 9")).contains("level");
  }

  private static String refusalOf(String compression) {
    return SmallestSettings.refusal(
        SmallestSettings.TEXT
            + "limpet.hosts = [ { compression { "
            + compression
            + " }, routes = [ { path = \"/\", upstream = nodejs } ] } ]");
  }

  private static Expression expression(Route route) {
    return route.path() instanceof PathMatch.Regex regex
        ? regex.expression()
        : Expression.of("^$", false);
  }
}
