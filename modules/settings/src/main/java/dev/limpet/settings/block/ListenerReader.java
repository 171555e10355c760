package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.block.host.HeaderNames;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads one of {@code limpet.listeners}. */
final class ListenerReader {

  private static final Map<String, Settings.TlsVersion> VERSIONS = new LinkedHashMap<>();

  static {
    VERSIONS.put("1.0", Settings.TlsVersion.TLS1_0);
    VERSIONS.put("1.1", Settings.TlsVersion.TLS1_1);
    VERSIONS.put("1.2", Settings.TlsVersion.TLS1_2);
    VERSIONS.put("1.3", Settings.TlsVersion.TLS1_3);
  }

  private static final Set<String> NEEDED =
      Set.of("host", "connection", "content-length", "transfer-encoding");

  private ListenerReader() {}

  static Settings.Listener read(String name, HostPort bind, Section listener) {
    List<Cidr> trusted = listener.list("trusted-proxies", value -> Cidr.parse(Values.text(value)));
    boolean proxyProtocol = listener.onOff("proxy-protocol");
    if (proxyProtocol && listener.none("trusted-proxies")) {
      listener.reject(
          "proxy-protocol",
          "whose headers are believed? Name the load balancers in trusted-proxies,"
              + " such as trusted-proxies = [ \"10.0.0.0/8\" ]");
    }
    return new Settings.Listener(
        name,
        bind,
        listener.onOff("http2"),
        listener.sectionIfSet("tls").map(ListenerReader::tls),
        proxyProtocol,
        trusted,
        Set.copyOf(listener.list("untrusted-headers", ListenerReader::untrusted)),
        listener.whole("max-connections", 1, 10_000_000),
        listener.whole("max-connections-per-address", 0, 10_000_000),
        listener.whole("max-requests", 1, Integer.MAX_VALUE),
        listener.whole("min-body-rate", 0, 1_000_000),
        listener.onOff("half-close"),
        timeouts(listener.section("timeouts")));
  }

  /** Without it a request could not be read, or not be routed. */
  private static String untrusted(ConfigValue value) {
    String name = HeaderNames.checked(Values.text(value)).toLowerCase(Locale.ROOT);
    if (NEEDED.contains(name)) {
      throw new IllegalArgumentException("\"" + name + "\" belongs to each request");
    }
    return name;
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
      Path chain = section.get("certificate", CertificateReader.NONE, Values::file);
      Path key = section.get("key", CertificateReader.NONE, Values::file);
      CertificateReader.check(section, chain, key);
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
