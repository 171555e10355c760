package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.Traffic;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {

  @Test
  void tenRetriesAreAlwaysAllowed() {
    RetryBudget budget = new RetryBudget(() -> 0);
    assertThat(retries(budget, 20)).isEqualTo(10);
    assertThat(budget.retries()).isEqualTo(10);
    assertThat(budget.refused()).isEqualTo(10);
  }

  @Test
  void manyRequestsAllowTheirShareOfRetries() {
    RetryBudget budget = new RetryBudget(() -> 0.2);
    requests(budget, 1000);
    assertThat(retries(budget, 1000)).isEqualTo(200);
  }

  @Test
  void requestsAndRetriesCountForTenSeconds() {
    RetryBudget budget = new RetryBudget(() -> 0.5);
    requests(budget, 100);
    assertThat(retries(budget, 100)).isEqualTo(50);
    for (int second = 1; second < RetryBudget.WINDOW_SECONDS; second++) {
      budget.tick();
      assertThat(retries(budget, 1)).as("after %s s", second).isZero();
    }
    budget.tick();
    assertThat(retries(budget, 100))
        .as("the retries have left, and so have the requests")
        .isEqualTo(10);
    budget.tick();
    requests(budget, 60);
    assertThat(retries(budget, 100)).isEqualTo(30 - 10);
  }

  @Test
  void aRingOfTicksChangesNothing() {
    RetryBudget budget = new RetryBudget(() -> 0.1);
    for (int second = 0; second < 1000; second++) {
      requests(budget, 100);
      assertThat(retries(budget, 20)).as("in second %s", second).isLessThanOrEqualTo(20);
      budget.tick();
    }
    assertThat(budget.retries()).isBetween(9_800L, 10_200L);
  }

  @Test
  void aServerThatAnswersNothingIsNotAskedTwiceForever() {
    try (Origin closing = new Origin((self, socket) -> self.readRequest(socket));
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.retries.budget = 0%", closing.port())) {
      for (int i = 0; i < 25; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 502 ");
      }
      Traffic.Upstream status = proxy.upstream();
      assertThat(status.retriesRefused()).isPositive();
      assertThat(status.retries() + status.retriesRefused()).isEqualTo(25);
      assertThat((long) closing.unreadRequests()).isEqualTo(25 + status.retries());
    }
  }

  /** That a connection was refused has cost no server anything. */
  @Test
  void goingOnToAnotherServerIsNotLimited() {
    Origin gone = Origin.answering("");
    gone.close();
    try (Origin other = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.retries.budget = 0%", gone.port(), other.port())) {
      for (int i = 0; i < 40; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ");
      }
      assertThat(proxy.upstream().retriesRefused()).isZero();
    }
  }

  private static void requests(RetryBudget budget, int count) {
    for (int i = 0; i < count; i++) {
      budget.onRequest();
    }
  }

  private static int retries(RetryBudget budget, int wanted) {
    int allowed = 0;
    for (int i = 0; i < wanted; i++) {
      allowed += budget.tryRetry() ? 1 : 0;
    }
    return allowed;
  }
}
