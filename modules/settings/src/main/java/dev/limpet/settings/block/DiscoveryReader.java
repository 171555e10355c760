package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads how servers are found that the settings do not list. */
final class DiscoveryReader {

  private static final Pattern DOMAIN =
      Pattern.compile("(?=.{1,253}[.]?$)[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*[.]?");

  /** The name of an object of Kubernetes, or of a port (RFC 1123). */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  private static final Pattern SELECTOR =
      Pattern.compile("[A-Za-z0-9!][A-Za-z0-9!=,()/._ -]{0,999}");

  private static final Pattern API =
      Pattern.compile(
          "(?<scheme>https?)://(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?/?");

  private DiscoveryReader() {}

  static Optional<Discovery> read(Section discovery) {
    Optional<Discovery> dns = discovery.sectionIfSet("dns").map(DiscoveryReader::dns);
    Optional<Discovery> kubernetes =
        discovery.sectionIfSet("kubernetes").map(DiscoveryReader::kubernetes);
    if (dns.isPresent() && kubernetes.isPresent()) {
      discovery.reject("kubernetes", "there is dns already; an upstream has one of the two");
    }
    return dns.or(() -> kubernetes);
  }

  private static Discovery dns(Section dns) {
    return new Discovery.Dns(
        dns.get("name", "", DiscoveryReader::domain),
        dns.has("port") ? OptionalInt.of(dns.whole("port", 1, 65535)) : OptionalInt.empty(),
        List.copyOf(dns.list("resolvers", value -> Values.address(value, 1))),
        dns.duration("timeout", "10ms", "1m"),
        dns.duration("drain", "0s", "30d"),
        dns.whole("max-connections", 0, 1_000_000),
        dns.duration("slow-start", "0s", "1h"));
  }

  private static Discovery kubernetes(Section kubernetes) {
    if (kubernetes.has("service") == kubernetes.has("selector")) {
      kubernetes.reject(
          kubernetes.has("service") ? "selector" : "service",
          kubernetes.has("service")
              ? "there is service already; give one of the two"
              : "missing; service or selector is required");
    }
    return new Discovery.Kubernetes(
        label(kubernetes, "service"),
        kubernetes.has("selector")
            ? kubernetes.get(
                "selector",
                Optional.empty(),
                value ->
                    Optional.of(
                        Values.matching(
                            value, SELECTOR, "a label selector such as \"app=web,tier in (a,b)\"")))
            : Optional.empty(),
        label(kubernetes, "namespace"),
        kubernetes.has("port")
            ? kubernetes.get("port", Optional.empty(), value -> Optional.of(port(value)))
            : Optional.empty(),
        kubernetes.duration("drain", "0s", "30d"),
        kubernetes.whole("max-connections", 0, 1_000_000),
        kubernetes.duration("slow-start", "0s", "1h"));
  }

  private static Optional<String> label(Section section, String key) {
    return section.has(key)
        ? section.get(key, Optional.empty(), value -> Optional.of(label(value)))
        : Optional.empty();
  }

  static String label(ConfigValue value) {
    return Values.matching(value, LABEL, "a name of Kubernetes, such as \"limpet-nodes\"");
  }

  static String domain(ConfigValue value) {
    return Values.matching(value, DOMAIN, "a domain name such as \"app.example.com\"");
  }

  /** The name of a port has a letter. */
  private static String port(ConfigValue value) {
    String wanted = "a port, 1 to 65535, or the name of one such as \"http\"";
    String port = Values.matching(value, LABEL, wanted);
    if (port.matches("[0-9-]*")) {
      return Long.toString(Values.whole(value, 1, 65535));
    }
    return port;
  }

  static KubernetesAccess access(Section kubernetes) {
    return new KubernetesAccess(
        kubernetes.has("api")
            ? kubernetes.get("api", Optional.empty(), value -> Optional.of(api(value)))
            : Optional.empty(),
        kubernetes.get("service-account", Path.of(""), Values::path));
  }

  /** The token is not to be read on its way. */
  private static URI api(ConfigValue value) {
    URI api =
        URI.create(Values.matching(value, API, "an address such as \"https://10.96.0.1:443\""));
    if (api.getHost() == null) {
      throw Values.expected("an address such as \"https://10.96.0.1:443\"", value);
    }
    boolean isLocal = api.getHost().matches("localhost|127[.][0-9.]+|\\[::1]");
    if (api.getScheme().equals("http") && !isLocal) {
      throw new IllegalArgumentException(
          "\"" + api + "\" is not https: the service account's token would be sent in the clear");
    }
    return api;
  }
}
