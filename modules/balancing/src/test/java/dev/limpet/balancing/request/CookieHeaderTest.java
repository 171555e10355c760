package dev.limpet.balancing.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.AffinityRule.Cookie;
import dev.limpet.model.settings.AffinityRule.Cookie.SameSite;
import dev.limpet.model.settings.AffinityRule.Cookie.Secure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CookieHeaderTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "sid=1                  | 1",
        "a=b; sid=1; c=d        | 1",
        "a=b;sid=1;c=d          | 1",
        "sid=1; sid=2           | 1",
        "'  sid = 1  ; a=b'     | 1",
        "sid=\"1 2\"            | 1 2",
        "sid=\"                 | '\"'",
        "sid=a=b==              | a=b==",
        "sid=                   | ''",
        "sid=\"\"               | ''",
        "sid=;sid=2             | ''",
        "xsid=1                 | none",
        "x-sid=1; sid=2         | 2",
        "sidx=1; sid=2          | 2",
        "sid                    | none",
        "sid; sid=2             | 2",
        "SID=1                  | none",
        "a=sid=1                | none",
        "a=\"sid=1\"            | none",
        ";;; ;sid=1;            | 1",
        "''                     | none",
        "si                     | none"
      })
  void findsTheFirstOfTheName(String header, String value) {
    assertThat(CookieHeader.find(header, "sid")).isEqualTo(value);
  }

  @Test
  void findsAllOfTheNameInAllLines() {
    assertThat(
            CookieHeader.values(
                List.of("a=1; sid=1;sid=\"2\"", "", "sid=", "b=2;  sid = 3"), "sid"))
        .containsExactly("1", "2", "3");
    assertThat(CookieHeader.values(List.of("a=1", "sidx=2"), "sid")).isEmpty();
    assertThat(CookieHeader.values(List.of("sid=x;".repeat(1000)), "sid")).hasSize(16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sid=1                          | ''",
        "a=b; sid=1; c=d                | a=b; c=d",
        "sid=1; a=b                     | a=b",
        "sid=1;a=b;sid=2;  c=\"d e\";sid=3 | a=b;  c=\"d e\"",
        "a=b;c=d; sid=1;                | a=b;c=d",
        "sid=1; sid=2;sid=              | ''",
        "'  sid = 1  ; a=b'             | a=b",
        "xsid=1; a=sid=2; sid; SID=3    | xsid=1; a=sid=2; sid; SID=3",
        "a=b;; ;c=d                     | a=b;; ;c=d",
        "''                             | ''",
      })
  void leavesOutTheCookiesOfTheName(String header, String left) {
    assertThat(CookieHeader.without(header, "sid")).isEqualTo(left);
  }

  @Test
  void setsAllAttributes() {
    Cookie cookie =
        new Cookie(
            "sid",
            Duration.ofHours(1),
            "/app",
            "example.com",
            SameSite.STRICT,
            Secure.ON,
            true,
            false,
            true);

    assertThat(CookieHeader.setCookie(cookie, "v", false))
        .isEqualTo(
            "sid=v; Max-Age=3600; Path=/app; Domain=example.com; SameSite=Strict; Secure;"
                + " HttpOnly");
  }

  @Test
  void leavesOutWhatIsOff() {
    Cookie cookie =
        new Cookie(
            "sid", Duration.ofMinutes(1), "/", "", SameSite.LAX, Secure.OFF, false, false, true);

    assertThat(CookieHeader.setCookie(cookie, "v", true))
        .isEqualTo("sid=v; Max-Age=60; Path=/; SameSite=Lax");
  }

  @Test
  void mayEndWithTheBrowsersSession() {
    Cookie cookie =
        new Cookie(
            "sid", Duration.ofMinutes(1), "/", "", SameSite.LAX, Secure.OFF, false, false, false);

    assertThat(CookieHeader.setCookie(cookie, "v", true)).isEqualTo("sid=v; Path=/; SameSite=Lax");
  }

  @ParameterizedTest
  @CsvSource({
    "LAX, AUTO, false, false",
    "LAX, AUTO, true, true",
    "LAX, ON, false, true",
    "LAX, OFF, true, false",
    "NONE, AUTO, false, true",
    "NONE, OFF, false, true"
  })
  void isSecure(SameSite sameSite, Secure secure, boolean connection, boolean expected) {
    Cookie cookie =
        new Cookie("sid", Duration.ofMinutes(1), "/", "", sameSite, secure, true, false, true);

    assertThat(CookieHeader.setCookie(cookie, "v", connection).contains("; Secure"))
        .isEqualTo(expected);
  }
}
