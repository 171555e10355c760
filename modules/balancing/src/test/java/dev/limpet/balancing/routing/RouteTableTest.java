package dev.limpet.balancing.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.TestRequest;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Condition;
import dev.limpet.model.settings.route.Route.Conditions;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.settings.route.Route.ValueMatch;
import dev.limpet.model.settings.route.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {

  /** The example of nginx's documentation of {@code location}, and one for the order of regexes. */
  private static final List<Route> NGINX =
      List.of(
          route(new PathMatch.Exact("/"), "A"),
          route(new PathMatch.Prefix("/", false), "B"),
          route(new PathMatch.Prefix("/documents/", false), "C"),
          route(new PathMatch.Prefix("/images/", true), "D"),
          route(new PathMatch.Regex(Expression.of("(?i)\\.(gif|jpg|jpeg)$", false)), "E"),
          route(new PathMatch.Regex(Expression.of("\\.jpg$", false)), "F"));

  private static final RouteTable HOSTS =
      RouteTable.of(
          List.of(
              host("exact", "example.com", "API.Example.com"),
              host("wild", "*.example.com"),
              host("deep", "*.eu.example.com"),
              host("six", "[2001:db8::1]"),
              host("any", "*")),
          "http");

  @ParameterizedTest
  @CsvSource({
    "/, A",
    "/index.html, B",
    "/documents, B",
    "/documents/document.html, C",
    "/images/1.gif, D",
    "/documents/1.jpg, E",
    "/documents/1.JPG, E",
    "/images, B"
  })
  void pathsFollowNginx(String path, String route) {
    RouteTable table =
        RouteTable.of(List.of(new VirtualHost(List.of("*"), List.of(), NGINX)), "http");

    assertThat(upstream(table.match(TestRequest.get("h", path)))).isEqualTo(route);
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, exact",
    "EXAMPLE.com:8080, exact",
    "example.com., exact",
    "example.com.:80, exact",
    "api.example.com, exact",
    "www.example.com, wild",
    "a.b.example.com, wild",
    "de.eu.example.com, deep",
    "eu.example.com, wild",
    ".example.com, any",
    "notexample.com, any",
    "example.com.evil.org, any",
    "[2001:DB8::1], six",
    "[2001:db8::1]:8080, six",
    "2001:db8::1, six",
    "[2001:db8::2]:8080, any",
    "[broken, any",
    ":80, any",
    "., any",
    "'', any"
  })
  void hostsFollowNginx(String host, String route) {
    assertThat(upstream(HOSTS.match(TestRequest.get(host, "/x")))).isEqualTo(route);
  }

  @Test
  void hostsApplyToTheirListenersOnly() {
    List<VirtualHost> hosts =
        List.of(
            new VirtualHost(List.of("a.test"), List.of("inside"), List.of(all("in"))),
            new VirtualHost(List.of("a.test"), List.of("outside"), List.of(all("out"))));

    assertThat(upstream(RouteTable.of(hosts, "inside").match(TestRequest.get("a.test", "/"))))
        .isEqualTo("in");
    assertThat(upstream(RouteTable.of(hosts, "outside").match(TestRequest.get("a.test", "/"))))
        .isEqualTo("out");
    assertThat(RouteTable.of(hosts, "third").match(TestRequest.get("a.test", "/"))).isNull();
  }

  @Test
  void theBestHostDecidesEvenWithoutARouteForThePath() {
    RouteTable table =
        RouteTable.of(
            List.of(
                new VirtualHost(
                    List.of("a.test"),
                    List.of(),
                    List.of(route(new PathMatch.Prefix("/api/", false), "api"))),
                host("any", "*")),
            "http");

    assertThat(table.match(TestRequest.get("a.test", "/other"))).isNull();
    assertThat(upstream(table.match(TestRequest.get("b.test", "/other")))).isEqualTo("any");
  }

  @Test
  void withoutAHostNothingMatches() {
    assertThat(RouteTable.of(List.of(), "http").match(TestRequest.get("a.test", "/"))).isNull();
    assertThat(
            RouteTable.of(List.of(host("a", "a.test")), "http")
                .match(TestRequest.get("b.test", "/")))
        .isNull();
  }

  private static final Conditions GET = new Conditions(Set.of("GET", "HEAD"), List.of(), List.of());
  private static final Conditions BETA =
      new Conditions(
          Set.of(),
          List.of(new Condition("x-beta", new ValueMatch.Regex(Expression.of("^o", false)))),
          List.of());
  private static final Conditions DEBUG_PUT =
      new Conditions(
          Set.of("PUT"), List.of(), List.of(new Condition("debug", new ValueMatch.Present(true))));

  private static RouteTable conditional(Route... last) {
    List<Route> routes = new ArrayList<>();
    routes.add(route(new PathMatch.Prefix("/", false), "all"));
    routes.add(route(new PathMatch.Prefix("/a/", false), BETA, "beta"));
    routes.add(route(new PathMatch.Prefix("/a/", false), DEBUG_PUT, "debug"));
    routes.add(route(new PathMatch.Prefix("/a/", false), GET, "get"));
    routes.addAll(List.of(last));
    return RouteTable.of(List.of(new VirtualHost(List.of("*"), List.of(), routes)), "http");
  }

  @Test
  void ofTheRoutesOfAPathTheFirstIsTakenWhoseConditionsHold() {
    RouteTable table = conditional();

    assertThat(upstream(table.match(TestRequest.get("h", "/a/x")))).isEqualTo("get");
    assertThat(upstream(table.match(TestRequest.get("h", "/a/x").header("x-beta", "on"))))
        .isEqualTo("beta");
    assertThat(upstream(table.match(TestRequest.get("h", "/a/x").header("x-beta", "no"))))
        .isEqualTo("get");
    assertThat(upstream(table.match(TestRequest.get("h", "/a/x?debug").method("PUT"))))
        .isEqualTo("debug");
    assertThat(upstream(table.match(TestRequest.get("h", "/b").method("PUT")))).isEqualTo("all");
  }

  @Test
  void whereOnlyTheMethodIsWrongTheOthersAreNamed() {
    RouteTable table = conditional();

    TestRequest put = TestRequest.get("h", "/a/x").method("PUT");
    assertThat(table.match(put)).as("a shorter path is not tried").isNull();
    assertThat(table.allowedMethods(put)).containsExactly("GET", "HEAD");
    TestRequest post = TestRequest.get("h", "/a/x?debug=1").method("POST");
    assertThat(table.allowedMethods(post)).containsExactly("GET", "HEAD", "PUT");
    assertThat(table.allowedMethods(TestRequest.get("other", "/"))).isEmpty();
  }

  @Test
  void expressionsWithTheSameTextAreOnePath() {
    Expression same = Expression.of("[.]png$", false);
    RouteTable table =
        conditional(
            route(new PathMatch.Regex(same), BETA, "beta-png"),
            route(new PathMatch.Regex(Expression.of("[.]png$", true)), "any-png"),
            route(new PathMatch.Regex(Expression.of("[.]png$", false)), GET, "png"));

    assertThat(upstream(table.match(TestRequest.get("h", "/x.png")))).isEqualTo("png");
    assertThat(upstream(table.match(TestRequest.get("h", "/x.PNG")))).isEqualTo("any-png");
    assertThat(table.allowedMethods(TestRequest.get("h", "/x.png").method("PUT")))
        .containsExactly("GET", "HEAD");
  }

  private static VirtualHost host(String upstream, String... names) {
    return new VirtualHost(List.of(names), List.of(), List.of(all(upstream)));
  }

  private static Route all(String upstream) {
    return route(new PathMatch.Prefix("/", false), upstream);
  }

  private static Route route(PathMatch match, String upstream) {
    return route(match, Conditions.NONE, upstream);
  }

  private static Route route(PathMatch match, Conditions conditions, String upstream) {
    return new Route(
        match.written(),
        match,
        conditions,
        new Action.Forward(
            List.of(new Action.Share(upstream, 1)), Optional.empty(), Optional.empty()),
        List.of(),
        List.of(),
        Route.Spelling.AS_SENT,
        Optional.empty());
  }

  private static String upstream(@Nullable Route route) {
    return route != null && route.action() instanceof Action.Forward forward
        ? forward.upstreams().getFirst().upstream()
        : "none";
  }
}
