package dev.limpet.balancing.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SetCookieTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "sid=1                                                | 1",
        "sid=s%3Aabc.d%2Fe; Path=/; HttpOnly; SameSite=Lax    | s%3Aabc.d%2Fe",
        "sid=\"1\"; Secure                                    | 1",
        "sid=1; Max-Age=60                                    | 1",
        "sid=1; expires=Wed, 01 Jan 2025 00:00:01 GMT         | 1",
        "sid=1; Expires=soon                                  | 1",
        "sid=1; Max-Age=soon                                  | 1",
        "sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT | 1",
        "sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT         | none",
        "sid=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT         | none",
        "sid=1; max-age=0                                     | none",
        "sid=1; Max-Age = -1; Expires=Wed, 01 Jan 2025 00:00:01 GMT | none",
        "sid=; Path=/                                         | none",
        "sid                                                  | none",
        "other=1; sid=2                                       | none",
        "SID=1                                                | none",
      })
  void isWhatAClientSendsBack(String header, @Nullable String value) {
    assertThat(SetCookie.value(header, "sid", Instant.parse("2025-01-01T00:00:00Z")))
        .isEqualTo(value);
  }
}
