package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nodes know of each other's requests. */
class SharedLoadTest {

  private static String by(String method) {
    return "limpet.upstreams.app { affinity.by = [], timeouts.first-byte = 1m, balance = "
        + method
        + " }";
  }

  @ParameterizedTest
  @ValueSource(strings = {"least-connections", "random-two"})
  void aServerThatOtherNodesKeepBusyGetsNoMoreThanTheOther(String method) {
    try (NamedOrigin busy = new NamedOrigin("busy");
        NamedOrigin idle = new NamedOrigin("idle");
        ProxyFixture proxy = new ProxyFixture(by(method), busy.port(), idle.port())) {
      proxy.cluster().busyElsewhere(busy.port(), 5);
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          List.of(proxy.get("/"), proxy.get("/"), proxy.get("/"), proxy.get("/")))
                      .allMatch(answer -> answer.endsWith("idle")));
      proxy.cluster().busyElsewhere(idle.port(), 5);
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          List.of(proxy.get("/"), proxy.get("/"), proxy.get("/"), proxy.get("/")))
                      .allMatch(answer -> answer.endsWith("busy")));
    }
  }

  @Test
  void requestsThatLastAreToldToTheOthers() throws InterruptedException {
    try (HeldOrigin held = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(by("least-connections"), held.port())) {
      proxy.getLater("/");
      proxy.getLater("/");
      await().until(() -> held.active() == 2);
      await().untilAsserted(() -> assertThat(proxy.cluster().load()).containsValue(2));
      held.answer(2);
      await().until(() -> proxy.cluster().load().isEmpty());
    }
  }

  @Test
  void nobodyIsToldWhereServersTakeTurns() throws InterruptedException {
    try (HeldOrigin held = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(by("round-robin"), held.port())) {
      proxy.getLater("/");
      await().until(() -> held.active() == 1);
      await().during(Duration.ofMillis(2500)).until(() -> proxy.cluster().load().isEmpty());
      held.answer(1);
    }
  }

  @Test
  void theOthersAreToldWhetherADrainingServerIsUsedHoweverShortItsRequests()
      throws InterruptedException {
    try (HeldOrigin held = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(by("round-robin"), held.port())) {
      proxy.getLater("/");
      proxy.getLater("/");
      await().until(() -> held.active() == 2);
      proxy.cluster().drain(held.port());
      await().untilAsserted(() -> assertThat(proxy.cluster().load()).containsValue(2));
      held.answer(2);
      await().untilAsserted(() -> assertThat(proxy.cluster().load()).containsValue(1));
      await().until(() -> proxy.cluster().load().isEmpty());
    }
  }
}
