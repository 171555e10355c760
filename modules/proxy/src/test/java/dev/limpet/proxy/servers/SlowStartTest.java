package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SlowStartTest {

  private static final long SECOND = 1_000_000_000L;
  private static final Server SERVER = server(Duration.ofSeconds(10));

  private final SlowStart slowStart = new SlowStart();

  private static Server server(Duration slowStart) {
    return new Server(
        ServerId.of("app", "a"),
        new HostPort("127.0.0.1", 1),
        1,
        0,
        new ServerOptions(ServerOptions.Backup.OFF, false, slowStart, ""));
  }

  private void update(Health health, AdminState adminState, long seconds) {
    slowStart.update(List.of(state(SERVER, health, adminState)), seconds * SECOND);
  }

  @Test
  void theWeightGrowsEvenlyFromTheTimeThatAServerIsUpAgain() {
    update(Health.DEAD, AdminState.UP, -5);
    update(Health.UP, AdminState.UP, 0);
    update(Health.UP, AdminState.UP, 2);
    assertThat(slowStart.warmth(SERVER, 0)).isZero();
    assertThat(slowStart.warmth(SERVER, 4 * SECOND)).isEqualTo(0.4);
    assertThat(slowStart.nextStep()).contains(SECOND / 5);
    assertThat(slowStart.warmth(SERVER, 10 * SECOND)).isEqualTo(1);
    assertThat(slowStart.nextStep()).isEmpty();
  }

  @Test
  void anOrderToComeBackCountsAsWell() {
    update(Health.UP, AdminState.DOWN, 0);
    update(Health.UP, AdminState.UP, 0);
    assertThat(slowStart.warmth(SERVER, SECOND)).isEqualTo(0.1);
  }

  @Test
  void whoGoesDownMeanwhileBeginsAgain() {
    update(Health.DEAD, AdminState.UP, 0);
    update(Health.UP, AdminState.UP, 0);
    update(Health.DEAD, AdminState.UP, 5);
    update(Health.UP, AdminState.UP, 8);
    assertThat(slowStart.warmth(SERVER, 9 * SECOND)).isEqualTo(0.1);
  }

  @Test
  void aServerIsWarmThatIsUpFromTheBeginningOrWasDrainedOnly() {
    update(Health.UP, AdminState.UP, 0);
    assertThat(slowStart.warmth(SERVER, 0)).isEqualTo(1);
    update(Health.UP, AdminState.DRAIN, 1);
    update(Health.UP, AdminState.UP, 2);
    assertThat(slowStart.warmth(SERVER, 2 * SECOND)).isEqualTo(1);
  }

  @Test
  void whoIsForgottenIsNewWhenItComesBack() {
    update(Health.DEAD, AdminState.UP, 0);
    slowStart.update(List.of(), 0);
    update(Health.UP, AdminState.UP, 0);
    assertThat(slowStart.warmth(SERVER, 0)).isEqualTo(1);
  }

  @Test
  void withoutSlowStartAServerIsWarmAtOnce() {
    Server quick = server(Duration.ZERO);
    slowStart.update(List.of(state(quick, Health.DEAD, AdminState.UP)), 0);
    slowStart.update(List.of(state(quick, Health.UP, AdminState.UP)), 0);
    assertThat(slowStart.warmth(quick, 0)).isEqualTo(1);
    assertThat(slowStart.nextStep()).isEmpty();
  }

  private static ServerState state(Server server, Health health, AdminState adminState) {
    return new ServerState(server, health, "", adminState, Optional.empty());
  }
}
