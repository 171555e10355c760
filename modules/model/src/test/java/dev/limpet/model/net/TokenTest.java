package dev.limpet.model.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenTest {

  /** RFC 9110, 5.6.2: any VCHAR, except delimiters. */
  @Test
  void delimitersControlsAndWhatIsBeyondAsciiAreInNoToken() {
    for (int c = -128; c < 0x200; c++) {
      boolean visible = c > ' ' && c < 0x7f;
      assertThat(Token.isTokenChar(c))
          .as("character %d", c)
          .isEqualTo(visible && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0);
    }
  }

  @Test
  void aTokenIsOfTokenCharactersOnly() {
    assertThat(Token.isToken("x-a!#$%&'*+^`|~")).isTrue();
    assertThat(Token.isToken("")).isFalse();
    assertThat(Token.isToken("a b")).isFalse();
    assertThat(Token.isToken("a:")).isFalse();
    assertThat(Token.isToken("caf\u00e9")).isFalse();
    assertThat(Token.isToken("\u0141")).isFalse();
  }
}
