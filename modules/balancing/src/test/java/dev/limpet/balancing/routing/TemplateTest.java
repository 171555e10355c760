package dev.limpet.balancing.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.TestRequest;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Conditions;
import dev.limpet.model.settings.route.Route.PathMatch;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {

  @ParameterizedTest
  @CsvSource({
    "https://{host}{uri}, https://a.test/x?y=1",
    "{scheme}://{host}{path}, http://a.test/x",
    "/new{path}{query}, /new/x?y=1",
    "https://b.test/, https://b.test/",
    "/{unknown}/{host}, /{unknown}/a.test",
    "/{{host}}, /{a.test}",
    "/{host, /{host"
  })
  void fillsIn(String to, String location) {
    assertThat(location(to, "a.test", "/x", "?y=1")).isEqualTo(location);
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, a.test",
    "a.test:8080, a.test",
    "a.test:, a.test",
    "[::1]:8080, [::1]",
    "[::1], [::1]",
    "192.0.2.1:80, 192.0.2.1"
  })
  void theNameOfAHostHasNoPort(String host, String name) {
    assertThat(location("https://{hostname}:8443{uri}", host, "/x", "?y"))
        .isEqualTo("https://" + name + ":8443/x?y");
  }

  @Test
  void whatTheRequestHoldsIsNotExpandedAgain() {
    assertThat(location("https://b.test{path}", "h", "/{query}{host}", "?q"))
        .isEqualTo("https://b.test/{query}{host}");
  }

  @Test
  void lineBreaksDisappear() {
    assertThat(location("https://{host}{uri}", "a\r\nX: 1", "/b\n", "?c\r"))
        .isEqualTo("https://aX: 1/b?c");
  }

  @ParameterizedTest
  @CsvSource({"//evil.test", "///evil.test", "/\\evil.test", "'/\t/evil.test'"})
  void aPathCannotBecomeAHost(String path) {
    assertThat(location("{uri}", "a.test", path, "")).isEqualTo("/evil.test");
    assertThat(location("{path}", "a.test", path, "")).isEqualTo("/evil.test");
    assertThat(location("https://b.test{path}", "a.test", path, ""))
        .isEqualTo("https://b.test" + path.replace("\t", ""));
  }

  @Test
  void capturesAreEscapedAnew() {
    Route route =
        route(new PathMatch.Regex(Expression.of("^/u/([^/]+)/(?<rest>.*)$|^/(z)$", false)));

    assertThat(
            Template.fill(
                "/x/{rest}?{1}{3}", route, TestRequest.get("h", "/u/%41%0d%0A%20%c3%a9/b%3fc%25")))
        .isEqualTo("/x/b%3Fc%25?A%0D%0A%20%C3%A9");
    assertThat(Template.fill("{rest}/{4}/{name}/{0}", route, TestRequest.get("h", "/u/a/b")))
        .isEqualTo("b/{4}/{name}//u/a/b");
  }

  @Test
  void aHeaderHasTheUriAsItCame() {
    Route route = route(new PathMatch.Prefix("/", false));
    assertThat(Template.fill("{address} {uri}", route, TestRequest.get("h", "//a%20?b")))
        .isEqualTo("192.0.2.1 //a%20?b");
  }

  private static String location(String to, String host, String path, String query) {
    return Template.location(
        to, route(new PathMatch.Prefix("/", false)), new TestRequest("GET", host, path, query));
  }

  private static Route route(PathMatch path) {
    return new Route(
        path.written(),
        path,
        Conditions.NONE,
        new Action.Forward(List.of(), Optional.empty(), Optional.empty()),
        List.of(),
        List.of(),
        Route.Spelling.AS_SENT,
        Optional.empty());
  }
}
