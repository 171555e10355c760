package dev.limpet.balancing.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathNormalizerTest {

  @ParameterizedTest
  @CsvSource({
    "'', /",
    "/, /",
    "*, *",
    "/a/b.c, /a/b.c",
    "/a/, /a/",
    "//, /",
    "//a///b//, /a/b/",
    "/./a/./b/., /a/b/",
    "/a/../b, /b",
    "/a/.., /",
    "/a/b/.., /a/",
    "/a//../b, /b",
    "/.well-known/x, /.well-known/x",
    "/a/.../b, /a/.../b",
    "/a/..b, /a/..b",
    "/%61dmin, /admin",
    "/public/%2e%2E/admin, /admin",
    "/public/.%2e/admin, /admin",
    "/public%2f..%2Fadmin, /admin",
    "/%252e%252e/admin, /%2e%2e/admin",
    "/a%3Fb, /a?b",
    "/caf%C3%A9, /café"
  })
  void readsAPathAsNginxDoes(String raw, String normal) {
    assertThat(PathNormalizer.normalize(raw)).isEqualTo(normal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../x",
        "/a/../../x",
        "/%2e%2e/x",
        "/..%2fx",
        "/%2f../..",
        "/a/..//..",
        "/%",
        "/%4",
        "/%zz",
        "/%4g",
        "/%-1",
        "/%+1",
        "/a%00b",
        "x",
        "..",
        "x/../y",
        "%2f",
        "**",
        "\\..\\x"
      })
  void refusesWhatLeavesTheRootOrIsBroken(String raw) {
    assertThat(PathNormalizer.normalize(raw)).isNull();
  }

  @Test
  void overlongEscapesAreNotSlashes() {
    assertThat(PathNormalizer.normalize("/a%c0%af..%c0%afb")).doesNotContain("/b");
  }

  @Test
  void aNormalPathIsNotCopied() {
    String path = "/a/long/path/to/nowhere";
    assertThat(PathNormalizer.normalize(path)).isSameAs(path);
  }

  @Property(seed = "4711", tries = 2000)
  void neverLeavesDotsOrDoubleSlashes(
      @ForAll @Chars({'/', '.', '%', '2', 'e', 'f'}) @CharRange(from = 'a', to = 'c') String tail) {
    String normal = PathNormalizer.normalize("/" + tail);

    if (normal != null) {
      assertThat(normal).startsWith("/").doesNotContain("//");
      assertThat(Arrays.asList(normal.split("/"))).doesNotContain(".", "..");
    }
  }
}
