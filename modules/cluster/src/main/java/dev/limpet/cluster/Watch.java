package dev.limpet.cluster;

import dev.limpet.model.Health;
import dev.limpet.model.HealthCheck;
import dev.limpet.model.HostPort;
import dev.limpet.model.Server;
import dev.limpet.model.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What this node, as an observer, knows of one server; only {@link HealthMonitor} touches it. */
final class Watch {

  private final Server server;
  private final Settings.Upstream upstream;
  private final List<Check> checks;
  private @Nullable Verdict verdict;

  Watch(Server server, Settings.Upstream upstream) {
    this.server = server;
    this.upstream = upstream;
    this.checks = upstream.health().checks().stream().map(Check::new).toList();
  }

  /** Whether it would be checked just so; nothing else of it matters here. */
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

  /** The verdict, if it has changed since this was last asked; a server is up if all checks pass. */
  Optional<Verdict> newVerdict() {
    Verdict now = null;
    if (checks.stream().anyMatch(check -> check.health == Health.DOWN)) {
      now =
          new Verdict(
              Health.DOWN,
              checks.stream()
                  .filter(check -> check.health == Health.DOWN)
                  .map(check -> check.settings.name() + ": " + check.failure)
                  .collect(Collectors.joining("; ")));
    } else if (checks.stream().allMatch(check -> check.health == Health.UP)) {
      now = Verdict.UP;
    }
    if (now == null || now.equals(verdict)) {
      return Optional.empty();
    }
    verdict = now;
    return Optional.of(now);
  }

  /** One of the server's checks. */
  final class Check {

    private final HealthCheck settings;
    private boolean probing;
    private int failures;
    private int passes;
    private @Nullable Health health;
    private String failure = "";

    private Check(HealthCheck settings) {
      this.settings = settings;
    }

    Watch watch() {
      return Watch.this;
    }

    HealthCheck settings() {
      return settings;
    }

    HostPort address() {
      return new HostPort(
          server.address().host(), settings.port().orElse(server.address().port()));
    }

    /** Whether a probe may begin, which it then does. */
    boolean tryBegin() {
      boolean free = !probing;
      probing = true;
      return free;
    }

    /**
     * @param wrong {@link Probe#PASSED} or what is wrong
     */
    void end(String wrong) {
      probing = false;
      if (wrong.equals(Probe.PASSED)) {
        failures = 0;
        passes++;
        if (health == null || passes >= settings.passes()) {
          health = Health.UP;
        }
      } else {
        passes = 0;
        failures++;
        failure = wrong;
        if (failures >= settings.fails()) {
          health = Health.DOWN;
        }
      }
    }
  }
}
