package dev.limpet.balancing.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.TestRequest;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Action.Rewrite;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Conditions;
import dev.limpet.model.settings.route.Route.PathMatch;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewritesTest {

  private static final Route ALL = route(new PathMatch.Prefix("/", false));

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

  @ParameterizedTest
  @CsvSource({
    "/api/x?y=%20, /x?y=%20",
    "/api/, /",
    "/api/a%2Fb%20c, /a%2Fb%20c",
    "/api/a/../b, /a/../b",
    "/%61pi/x%20y, /x%20y",
    "/x/../api/y, /y",
    "/api//x, /x",
    "/api/%2Fx, /%2Fx",
    "/api/%2541, /%2541",
    "/other, /other",
    "/api, /api"
  })
  void aPrefixIsTakenAway(String target, String rewritten) {
    assertThat(Rewrites.target(new Rewrite.Prefix("/api/", "/"), ALL, TestRequest.get("h", target)))
        .isEqualTo(rewritten);
  }

  @ParameterizedTest
  @CsvSource({
    "/files//a, /f//a",
    "/files///a//b/?c=//d, /f///a//b/?c=//d",
    "/files/a//b, /f/a//b",
    "/files//, /f//",
    "/files//a/../b, /f//a/../b",
    "/files//../files/b, /f/b",
    "/files//https://example.com/, /f//https://example.com/",
  })
  void slashesStayDoubledBehindAPrefix(String target, String rewritten) {
    assertThat(
            Rewrites.target(
                new Rewrite.Prefix("/files/", "/f/"), ALL, TestRequest.get("h", target)))
        .isEqualTo(rewritten);
  }

  @ParameterizedTest
  @CsvSource({"/files//a//b, /f//a//b", "/files//, /f//"})
  void slashesStayDoubledBehindAPrefixWithoutOne(String target, String rewritten) {
    assertThat(
            Rewrites.target(new Rewrite.Prefix("/files", "/f"), ALL, TestRequest.get("h", target)))
        .isEqualTo(rewritten);
  }

  /** Dot segments must not lead out of where the prefix is mapped to. */
  @ParameterizedTest
  @CsvSource({
    "/public/../public/x, /files/x",
    "/public/%2e%2e/public/x, /files/x",
    "/public/./../public/%78, /files/x"
  })
  void thePrefixCannotBeLeft(String target, String rewritten) {
    assertThat(
            Rewrites.target(
                new Rewrite.Prefix("/public/", "/files/"), ALL, TestRequest.get("h", target)))
        .isEqualTo(rewritten);
  }

  @ParameterizedTest
  @CsvSource({"/v1/a%2Fb?c, /v2/a%2Fb?c", "/v1, /v2", "/v1x, /v2x"})
  void aPrefixMayEndWithoutASlash(String target, String rewritten) {
    assertThat(Rewrites.target(new Rewrite.Prefix("/v1", "/v2"), ALL, TestRequest.get("h", target)))
        .isEqualTo(rewritten);
  }

  @Test
  void capturesMakeAPath() {
    Route route = route(new PathMatch.Regex(Expression.of("^/user/([^/]+)/(?<what>.*)", false)));
    assertThat(
            Rewrites.target(
                new Rewrite.Path("/{what}/of/{1}"),
                route,
                TestRequest.get("h", "/user/a%20b/c?d=e")))
        .isEqualTo("/c/of/a%20b?d=e");
  }
}
