package dev.limpet.cluster.health;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Health;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state of all checks of one server at this node, as an observer; only {@link HealthMonitor}
 * touches it. Times are nanoseconds of a clock without an origin.
 *
 * <p>A server is suspect while a check fails. It is dead when it refuses connections, and when a
 * check still fails at the end of a time in which it has failed throughout and nobody was answered.
 * It stays dead until all checks pass: a process that starts must not be taken for one that was
 * merely late.
 */
final class CheckState {

  private final Server server;
  private final Settings.Upstream upstream;
  private final List<Check> checks;
  private boolean dead;
  private boolean lapsed;
  private long quietSince;
  private @Nullable Verdict verdict;

  /**
   * @param dead whether the cluster calls it dead, for this observer may be new
   */
  CheckState(Server server, Settings.Upstream upstream, boolean dead) {
    this.server = server;
    this.upstream = upstream;
    this.dead = dead;
    this.checks = upstream.health().checks().stream().map(Check::new).toList();
  }

  /** Whether this server would be checked in the same way; nothing else about it matters here. */
  boolean isOf(Server other, Settings.Upstream of) {
    return server.id().equals(other.id())
        && server.address().equals(other.address())
        && upstream.health().equals(of.health())
        && upstream.tls().equals(of.tls());
  }

  Server server() {
    return server;
  }

  Settings.Upstream upstream() {
    return upstream;
  }

  List<Check> checks() {
    return checks;
  }

  /** A client's request was answered, at whatever node. */
  void answered(long now) {
    quietSince = now;
  }

  /**
   * The verdict, if it has changed since this was last asked; a server is up if all checks pass.
   */
  Optional<Verdict> newVerdict() {
    Verdict now = judge();
    if (now == null || now.equals(verdict)) {
      return Optional.empty();
    }
    verdict = now;
    return Optional.of(now);
  }

  /**
   * The nanoseconds until a last look, after which a server that is still suspect is dead; not
   * positive when the look is due, empty when the server is not suspect.
   */
  OptionalLong untilLastLook(long now) {
    return verdict != null && verdict.health() == Health.SUSPECT
        ? OptionalLong.of(quietSince + upstream.health().deadAfter().toNanos() - now)
        : OptionalLong.empty();
  }

  private @Nullable Verdict judge() {
    List<Check> failing = checks.stream().filter(check -> check.health == Health.SUSPECT).toList();
    if (failing.isEmpty()) {
      boolean passed = checks.stream().allMatch(check -> check.health == Health.UP);
      dead &= !passed;
      lapsed &= !passed;
      return passed ? Verdict.UP : null;
    }
    dead |= failing.stream().anyMatch(Check::isRefused);
    String reason =
        failing.stream()
            .map(check -> check.settings.name() + ": " + check.failure)
            .collect(Collectors.joining("; "));
    return new Verdict(
        dead ? Health.DEAD : Health.SUSPECT,
        lapsed
            ? reason
                + ", and no client was answered for "
                + DurationText.of(upstream.health().deadAfter())
            : reason);
  }

  private boolean isSuspect() {
    return checks.stream().anyMatch(check -> check.health == Health.SUSPECT);
  }

  /** One of the server's checks. */
  final class Check {

    /** A node that has no time for checks does not spend more on them by asking on and on. */
    private static final int MOST_REPEATS = 3;

    private final HealthCheck settings;
    private boolean probing;
    private int repeats;
    private int failures;
    private int refusals;
    private int passes;
    private @Nullable Health health;
    private String failure = "";

    private Check(HealthCheck settings) {
      this.settings = settings;
    }

    CheckState state() {
      return CheckState.this;
    }

    HealthCheck settings() {
      return settings;
    }

    HostPort address() {
      return new HostPort(server.address().host(), settings.port().orElse(server.address().port()));
    }

    boolean isFailing() {
      return health == Health.SUSPECT;
    }

    /** Whether a probe may begin, which it then does. */
    boolean tryBegin() {
      boolean free = !probing;
      probing = true;
      return free;
    }

    /** Whether a probe that said nothing is to be repeated at once. */
    boolean tryRepeat() {
      repeats++;
      boolean more = repeats <= MOST_REPEATS;
      if (!more) {
        repeats = 0;
      }
      return more;
    }

    void end(Probe.Result result, long now) {
      probing = false;
      switch (result.outcome()) {
        case PASSED -> pass(now);
        case FAILED -> fail(result.wrong(), false, now);
        case REFUSED -> fail(result.wrong(), true, now);
        case UNSURE -> {
          return;
        }
      }
      repeats = 0;
    }

    private void pass(long now) {
      failures = 0;
      refusals = 0;
      passes++;
      if (health == null || passes >= settings.passes()) {
        health = Health.UP;
      } else if (health == Health.SUSPECT) {
        answered(now);
      }
    }

    private void fail(String wrong, boolean refused, long now) {
      passes = 0;
      failures++;
      refusals = refused ? refusals + 1 : 0;
      failure = wrong;
      if (health == Health.SUSPECT) {
        boolean due = now - quietSince >= upstream.health().deadAfter().toNanos();
        lapsed |= due && !dead;
        dead |= due;
      } else if (failures >= settings.fails()) {
        if (!isSuspect()) {
          quietSince = now;
        }
        health = Health.SUSPECT;
      }
    }

    /** How another port answers connections says nothing of the server's own. */
    private boolean isRefused() {
      return refusals >= settings.fails() && address().equals(server.address());
    }
  }
}
