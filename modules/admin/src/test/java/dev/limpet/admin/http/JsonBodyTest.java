package dev.limpet.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBodyTest {

  @Test
  void takesJsonWithBlanksAroundIt() {
    assertThat(JsonBody.parsed(bytes(" {\"zone\": \"münchen\", \"weight\": 5}\r\n")))
        .hasToString("{\"zone\":\"münchen\",\"weight\":5}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ``                         | no body
          `  `                       | nothing but blanks
          {"a": 1} x                 | not JSON
          {"a": 1} {"b": 2}          | not JSON
          {"a": 1,}                  | not JSON
          {"a": 1, "a": 2}           | Duplicate field 'a'
          {"a": {"b": 1, "b": 1}}    | Duplicate field 'b'
          {a: 1}                     | not JSON
          {'a': 1}                   | not JSON
          // comment                 | not JSON
          {"a": 01}                  | not JSON
          {"a": NaN}                 | not JSON
          [[[[[[[[[[[1]]]]]]]]]]]    | depth
          {"a": 12345678901234567890123456789012345678901} | Number
          """)
  void refusesEverythingElse(String body, String reason) {
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> JsonBody.parsed(bytes(body)))
        .withMessageContaining(reason)
        .satisfies(problem -> assertThat(problem.status().intValue()).isEqualTo(400));
  }

  @Test
  void refusesWhatIsNotUtf8() {
    String body = "{\"zone\": \"münchen\"}";
    for (Charset other :
        new Charset[] {
          StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16, Charset.forName("UTF-32")
        }) {
      assertThatExceptionOfType(Problem.class)
          .as(other.name())
          .isThrownBy(() -> JsonBody.parsed(ByteBuffer.wrap(body.getBytes(other))));
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
