package dev.limpet.http.message;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {

  @ParameterizedTest
  @CsvSource({
    "app.example, app.example, -1, app.example",
    "APP.Example, APP.Example, -1, APP.Example",
    "app.example., app.example., -1, app.example.",
    "app.example:80, app.example, 80, app.example:80",
    "app.example:, app.example, -1, app.example",
    "app.example:0, app.example, 0, app.example:0",
    "app.example:65535, app.example, 65535, app.example:65535",
    "app.example:00080, app.example, 80, app.example:00080",
    "a, a, -1, a",
    "localhost:3000, localhost, 3000, localhost:3000",
    "-, -, -1, -",
    "a_b.c, a_b.c, -1, a_b.c",
    "xn--bcher-kva.example, xn--bcher-kva.example, -1, xn--bcher-kva.example",
    "%61pp.example, %61pp.example, -1, %61pp.example",
    "%C3%a9, %C3%a9, -1, %C3%a9",
    "a~!$&()*+;='b, a~!$&()*+;='b, -1, a~!$&()*+;='b",
    "1.2.3.4, 1.2.3.4, -1, 1.2.3.4",
    "1.2.3.4:8080, 1.2.3.4, 8080, 1.2.3.4:8080",
    "[::1], [::1], -1, [::1]",
    "[::], [::], -1, [::]",
    "[::1]:80, [::1], 80, [::1]:80",
    "[::1]:, [::1], -1, [::1]",
    "[2001:DB8::8:800:200c:417a], [2001:DB8::8:800:200c:417a], -1, [2001:DB8::8:800:200c:417a]",
    "[1:2:3:4:5:6:7:8], [1:2:3:4:5:6:7:8], -1, [1:2:3:4:5:6:7:8]",
    "[::ffff:1.2.3.4]:80, [::ffff:1.2.3.4], 80, [::ffff:1.2.3.4]:80",
    "[1:2:3:4:5:6:7::], [1:2:3:4:5:6:7::], -1, [1:2:3:4:5:6:7::]",
    "[::2:3:4:5:6:7:8], [::2:3:4:5:6:7:8], -1, [::2:3:4:5:6:7:8]",
    "[1::8], [1::8], -1, [1::8]",
    "[1:2:3:4:5:6:0.0.0.255], [1:2:3:4:5:6:0.0.0.255], -1, [1:2:3:4:5:6:0.0.0.255]",
    "[v1.a:b], [v1.a:b], -1, [v1.a:b]",
    "[vAf.x]:1, [vAf.x], 1, [vAf.x]:1",
  })
  void tellsTheHostFromThePort(String text, String host, int port, String field) {
    Authority authority = requireNonNull(Authority.parse(text));
    assertThat(authority.host()).isEqualTo(host);
    assertThat(authority.port()).isEqualTo(port);
    assertThat(authority.hostField()).isEqualTo(field);
    assertThat(Authority.isHost(text)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "user@app.example, app.example",
    "user:secret@app.example:8080, app.example:8080",
    "@app.example, app.example",
    "'a%40b,c;d@[::1]:', [::1]",
    ":@a, a",
  })
  void noUserStandsInAHostField(String text, String field) {
    Authority authority = requireNonNull(Authority.parse(text));
    assertThat(authority.hasUserInfo()).isTrue();
    assertThat(authority.hostField()).isEqualTo(field);
    assertThat(Authority.isHost(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        ":80",
        ".",
        "..",
        ".a",
        "..a.com",
        "a..b",
        "a..",
        ".:80",
        "a.example:65536",
        "1.2.3.4:98777",
        "1.2.3.4:90:80",
        "a:b",
        "a:-1",
        "a:+1",
        "a: 1",
        "a:1 ",
        "a:1:2",
        "a::",
        "::1",
        "2001:db8::1",
        "a:99999999999999999999",
        "a b",
        " a",
        "a ",
        "a\tb",
        "a\u0000b",
        "a\r\nb",
        "a\u007fb",
        "\u00e9.example",
        "\uff0e",
        "a,b",
        "a, b",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a\"b",
        "a<b",
        "a>b",
        "a^b",
        "a`b",
        "a{b",
        "a|b",
        "a}b",
        "a%",
        "a%2",
        "a%zz",
        "%",
        "a%2g.b",
        "[",
        "]",
        "[]",
        "[]:80",
        "[abcd::1",
        "[abcd::1]x",
        "[abcd::1]80",
        "[abcd::1]:x",
        "[abcd::1]:65536",
        "[::1]]",
        "[[::1]]",
        "a[::1]",
        "[::1].",
        "::1]",
        "[:]",
        "[:::]",
        "[1::2::3]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[12345::]",
        "[g::]",
        "[::1%25eth0]",
        "[fe80::1%eth0]",
        "[1.2.3.4]",
        "[::1.2.3]",
        "[::1.2.3.256]",
        "[::01.2.3.4]",
        "[::1.2.3.4.5]",
        "[1:2:3:4:5:6:7:1.2.3.4]",
        "[1.2.3.4::]",
        "[::1.2.3.4:1]",
        "[:1]",
        "[1:]",
        "[1:2:3:4:5:6:7:8:]",
        "[1::2:]",
        "[1:2:3:4:5:6:7::8]",
        "[::a.2.3.4]",
        "[1:::2]",
        "[a.example]",
        "[v.a]",
        "[v1.]",
        "[v1]",
        "[vg.a]",
        "[v1.%61]",
        "[v1.a/b]",
        "[ ::1]",
        "@",
        "a@",
        "a@:80",
        "a@b@c",
        "a@@b",
        "a b@c",
        "a/b@c",
        "\u00e9@a",
        "a%@b",
        "%2@b",
        "[::1]@",
        "[@::1]",
        "a@.",
        "a:8o",
        "a:\u0661"
      })
  void isWellFormedOrNothing(String text) {
    assertThat(Authority.parse(text)).isNull();
    assertThat(Authority.isHost(text)).isFalse();
  }
}
