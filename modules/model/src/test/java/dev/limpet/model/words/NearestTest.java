package dev.limpet.model.words;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

  private static final List<String> KEYS = List.of("health", "servers", "balance", "id");

  @Test
  void slipsAreRecognised() {
    assertThat(Nearest.to("helth", KEYS)).contains("health");
    assertThat(Nearest.to("sevrers", KEYS)).contains("servers");
    assertThat(Nearest.to("Balanse", KEYS)).contains("balance");
    assertThat(Nearest.to("server", KEYS)).contains("servers");
  }

  @Test
  void soAreWordsThatAreCutShort() {
    List<String> methods = List.of("least-connections", "least-time");
    assertThat(Nearest.to("least-conn", methods)).contains("least-connections");
    assertThat(Nearest.to("bal", KEYS)).as("too short").isEmpty();
  }

  @Test
  void strangersAreNot() {
    assertThat(Nearest.to("zzz", KEYS)).isEmpty();
    assertThat(Nearest.to("xy", KEYS)).isEmpty();
    assertThat(Nearest.to("helth", List.of())).isEmpty();
  }

  @Test
  void swapOfNeighboursIsOneEdit() {
    assertThat(Nearest.distance("helath", "health")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }
}
