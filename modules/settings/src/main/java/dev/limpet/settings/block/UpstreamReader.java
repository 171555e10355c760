package dev.limpet.settings.block;

import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.overlay.Laid;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one of {@code limpet.upstreams}. */
final class UpstreamReader {

  private UpstreamReader() {}

  static Settings.Upstream read(String name, Section upstream, OwnListeners own) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      upstream.reject(
          "\"" + name + "\" is not a name: use letters, digits, \".\", \"_\" and \"-\"");
    }
    Optional<Discovery> discovery = DiscoveryReader.read(upstream.section("discovery"));
    return new Settings.Upstream(
        name,
        ServersReader.read(name, upstream, discovery.isPresent(), own),
        discovery,
        Map.of(),
        BalanceReader.read(upstream),
        AffinityReader.read(upstream.section("affinity")),
        HealthReader.read(upstream.section("health")),
        PassiveReader.read(upstream.section("health").section("passive")),
        timeouts(upstream.section("timeouts")),
        retries(upstream.section("retries")),
        upstream.sectionIfSet("tls").map(UpstreamReader::tls),
        forwarded(upstream),
        upstream.whole("queue-size", 0, 1_000_000),
        upstream.duration("queue-timeout", "0s", "10m"),
        upstream.whole("max-requests", 0, 1_000_000));
  }

  /**
   * Reads no more than changes may have touched.
   *
   * @param base what the file says by itself
   * @param aside what changes say of servers beside what is in their sections
   */
  static Settings.Upstream readOver(
      Settings.Upstream base, Section upstream, Map<ServerId, Laid.Aside> aside, OwnListeners own) {
    return base.with(
        ServersReader.read(base.name(), upstream, base.discovery().isPresent(), own),
        ServersReader.changed(upstream, aside));
  }

  private static Settings.Retries retries(Section retries) {
    return new Settings.Retries(
        retries.whole("attempts", 1, 10),
        retries.get("budget", 0.0, v -> Values.share(v)),
        Set.copyOf(retries.list("statuses", v -> (int) Values.whole(v, 400, 599))),
        retries.duration("hold-short-answers", "0s", "1m"),
        retries.onOff("move-sessions"));
  }

  private static Set<Settings.ForwardedHeaders> forwarded(Section upstream) {
    Set<Settings.ForwardedHeaders> kinds = EnumSet.noneOf(Settings.ForwardedHeaders.class);
    kinds.addAll(
        upstream.list("forwarded", v -> Values.choice(v, Settings.ForwardedHeaders.class)));
    return kinds;
  }

  private static Settings.UpstreamTls tls(Section tls) {
    Optional<Path> chain = tls.file("certificate");
    Optional<Path> key = tls.file("key");
    if (tls.has("certificate") != tls.has("key")) {
      tls.reject("certificate", "certificate and key go together");
    }
    chain.ifPresent(file -> key.ifPresent(own -> CertificateReader.check(tls, file, own)));
    Optional<Path> ca = tls.file("ca");
    ca.ifPresent(file -> CertificateReader.check(tls, "ca", file));
    return new Settings.UpstreamTls(
        tls.onOff("verify"),
        ca,
        tls.has("server-name") ? Optional.of(tls.text("server-name")) : Optional.empty(),
        chain.flatMap(
            file -> key.map(own -> new Settings.Certificate(file, own, Optional.empty()))));
  }

  private static Settings.Timeouts timeouts(Section timeouts) {
    return new Settings.Timeouts(
        timeouts.duration("connect", "1ms", "10m"),
        timeouts.duration("first-byte", "1ms", "24h"),
        timeouts.duration("idle", "1ms", "24h"),
        timeouts.duration("tunnel", "1ms", "30d"),
        timeouts.duration("request", "0s", "30d"),
        timeouts.duration("keep-alive", "1ms", "1h"));
  }
}
