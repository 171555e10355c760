package dev.limpet.settings;

import dev.limpet.model.Cidr;
import dev.limpet.model.HostPort;
import dev.limpet.model.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one of {@code limpet.listeners}. */
final class ListenerReader {

  private static final Map<String, Settings.TlsVersion> VERSIONS = new LinkedHashMap<>();

  static {
    VERSIONS.put("1.0", Settings.TlsVersion.TLS1_0);
    VERSIONS.put("1.1", Settings.TlsVersion.TLS1_1);
    VERSIONS.put("1.2", Settings.TlsVersion.TLS1_2);
    VERSIONS.put("1.3", Settings.TlsVersion.TLS1_3);
  }

  /** Stands for a file that is not there. */
  private static final Path NONE = Path.of("");

  private ListenerReader() {}

  static Settings.Listener read(String name, HostPort bind, Section listener) {
    return new Settings.Listener(
        name,
        bind,
        listener.onOff("http2"),
        listener.sectionIfSet("tls").map(ListenerReader::tls),
        listener.onOff("proxy-protocol"),
        listener.list("trusted-proxies", value -> Cidr.parse(Values.text(value))),
        listener.whole("max-connections", 1, 10_000_000),
        listener.whole("max-requests", 1, Integer.MAX_VALUE),
        listener.onOff("half-close"),
        timeouts(listener.section("timeouts")));
  }

  private static Settings.ClientTimeouts timeouts(Section timeouts) {
    return new Settings.ClientTimeouts(
        timeouts.duration("keep-alive", "100ms", "24h"),
        timeouts.duration("head", "100ms", "1h"),
        timeouts.duration("idle", "100ms", "24h"));
  }

  private static Settings.Tls tls(Section tls) {
    List<Settings.Certificate> certificates = new ArrayList<>();
    for (Section section : tls.sections("certificates", "certificate")) {
      Path chain = section.get("certificate", NONE, Values::file);
      Path key = section.get("key", NONE, Values::file);
      if (!chain.equals(NONE) && !key.equals(NONE)) {
        CertificateReader.check(section, chain, key);
      }
      certificates.add(new Settings.Certificate(chain, key, section.file("ocsp-response")));
    }
    if (tls.none("certificates")) {
      tls.reject(
          "certificates",
          "at least one certificate is needed, such as"
              + " certificates = [ { certificate = \"tls/site.crt\", key = \"tls/site.key\" } ]");
    }
    return new Settings.Tls(
        List.copyOf(certificates),
        tls.get("min-version", Settings.TlsVersion.TLS1_2, v -> Values.choice(v, VERSIONS)),
        tls.list("ciphers", Values::text),
        hsts(tls.section("hsts")));
  }

  private static Settings.Hsts hsts(Section hsts) {
    return new Settings.Hsts(
        hsts.duration("max-age", "0s", "36500d"),
        hsts.onOff("include-subdomains"),
        hsts.onOff("preload"));
  }
}
