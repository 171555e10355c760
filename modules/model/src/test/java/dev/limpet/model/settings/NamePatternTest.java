package dev.limpet.model.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.net.NamePattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {

  private static final String ID = "spiffe://example.org/ns/*/sa/limpet";

  @Test
  void aStarIsOneLabel() {
    NamePattern pattern = new NamePattern("*.Limpet-Peers.default.svc");
    assertThat(pattern.fits("limpet-0.limpet-peers.default.svc")).isTrue();
    assertThat(pattern.fits("LIMPET-0.limpet-peers.DEFAULT.svc")).isTrue();
    assertThat(pattern.fits("*.limpet-peers.default.svc"))
        .as("the certificate's own star")
        .isTrue();
    assertThat(pattern.fits("limpet-peers.default.svc")).isFalse();
    assertThat(pattern.fits("a.b.limpet-peers.default.svc")).isFalse();
    assertThat(pattern.fits(".limpet-peers.default.svc")).isFalse();
    assertThat(pattern.fits("limpet-0.limpet-peers.default.svc.evil.example")).isFalse();
    assertThat(pattern.fits("limpet-0.limpet-peers.other.svc")).isFalse();
  }

  @Test
  void whatMayBeAnyNameIsNotOneName() {
    assertThat(new NamePattern("limpet-0.peers").fits("*.peers")).isFalse();
    assertThat(new NamePattern("limpet-0.peers").fits("limpet-0.peers")).isTrue();
  }

  @Test
  void aStarIsOnePartOfAnId() {
    NamePattern pattern = new NamePattern(ID);
    assertThat(pattern.fits("spiffe://example.org/ns/edge/sa/limpet")).isTrue();
    assertThat(pattern.fits("spiffe://example.org/ns/edge/sa/Limpet")).as("case counts").isFalse();
    assertThat(pattern.fits("spiffe://example.org/ns/edge/x/sa/limpet")).isFalse();
    assertThat(pattern.fits("spiffe://example.org/ns//sa/limpet")).isFalse();
    assertThat(pattern.fits("spiffe://example.org/ns/edge/sa/limpet/x")).isFalse();
    assertThat(pattern.fits("spiffe://other.example/ns/edge/sa/limpet")).isFalse();
    assertThat(pattern.fits("https://example.org/ns/edge/sa/limpet")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.",
        "**.peers",
        "limpet-*.peers",
        "a.*.peers",
        "10.0.0.1",
        "fd00::1",
        "peers:25520",
        "pe ers",
        "-a.peers",
        "https://example.org/limpet",
        "spiffe://example.org",
        "spiffe://*/limpet",
        "spiffe://example.org/limpet-*",
        "spiffe://example.org/limpet/"
      })
  void anythingElseIsNamedInTheError(String text) {
    assertThatThrownBy(() -> new NamePattern(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\" is no name of certificates");
  }
}
