package dev.limpet.balancing;

import dev.limpet.model.Settings.Action.Redirect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class RedirectsTest {

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
    assertThat(location("https://b.test{path}", "a.test", path, "")).endsWith(path);
  }

  private static String location(String to, String host, String path, String query) {
    return Redirects.location(new Redirect(to, 302), "http", host, path, query);
  }
}
