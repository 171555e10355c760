package dev.limpet.balancing;

import dev.limpet.model.Settings.Action;
import dev.limpet.model.Settings.PathMatch;
import dev.limpet.model.Settings.Route;
import dev.limpet.model.Settings.VirtualHost;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class RouteTableTest {

  /** The example of nginx's documentation of {@code location}, and one for the order of regexes. */
  private static final List<Route> NGINX =
      List.of(
          route(new PathMatch.Exact("/"), "A"),
          route(new PathMatch.Prefix("/", false), "B"),
          route(new PathMatch.Prefix("/documents/", false), "C"),
          route(new PathMatch.Prefix("/images/", true), "D"),
          route(new PathMatch.Regex(Pattern.compile("(?i)\\.(gif|jpg|jpeg)$")), "E"),
          route(new PathMatch.Regex(Pattern.compile("\\.jpg$")), "F"));

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

    assertThat(upstream(table.match("h", path))).isEqualTo(route);
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
    assertThat(upstream(HOSTS.match(host, "/x"))).isEqualTo(route);
  }

  @Test
  void hostsApplyToTheirListenersOnly() {
    List<VirtualHost> hosts =
        List.of(
            new VirtualHost(List.of("a.test"), List.of("inside"), List.of(all("in"))),
            new VirtualHost(List.of("a.test"), List.of("outside"), List.of(all("out"))));

    assertThat(upstream(RouteTable.of(hosts, "inside").match("a.test", "/"))).isEqualTo("in");
    assertThat(upstream(RouteTable.of(hosts, "outside").match("a.test", "/"))).isEqualTo("out");
    assertThat(RouteTable.of(hosts, "third").match("a.test", "/")).isNull();
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

    assertThat(table.match("a.test", "/other")).isNull();
    assertThat(upstream(table.match("b.test", "/other"))).isEqualTo("any");
  }

  @Test
  void withoutAHostNothingMatches() {
    assertThat(RouteTable.of(List.of(), "http").match("a.test", "/")).isNull();
    assertThat(RouteTable.of(List.of(host("a", "a.test")), "http").match("b.test", "/")).isNull();
  }

  private static VirtualHost host(String upstream, String... names) {
    return new VirtualHost(List.of(names), List.of(), List.of(all(upstream)));
  }

  private static Route all(String upstream) {
    return route(new PathMatch.Prefix("/", false), upstream);
  }

  private static Route route(PathMatch match, String upstream) {
    return new Route(match, new Action.Forward(upstream));
  }

  private static String upstream(@Nullable Route route) {
    return route != null && route.action() instanceof Action.Forward forward
        ? forward.upstream()
        : "none";
  }
}
