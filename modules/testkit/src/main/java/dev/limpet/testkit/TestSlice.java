package dev.limpet.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An EndpointSlice of Kubernetes: part of the endpoints of a Service. Each method returns another
 * one, with that change.
 *
 * @param labels by which it is selected; the name of its Service is one of them
 * @param ports by their names, which may be empty
 */
public record TestSlice(
    String namespace,
    String name,
    String addressType,
    Map<String, String> labels,
    Map<String, Integer> ports,
    List<Endpoint> endpoints) {

  private static final String SERVICE = "kubernetes.io/service-name";

  /** The conditions of an endpoint. */
  public enum Condition {
    /** Takes requests. */
    READY,
    /** Does not: it starts, or fails its readiness probe. */
    NOT_READY,
    /** About to end, and serves so long. */
    TERMINATING,
    /** About to end, and serves no more. */
    ENDING
  }

  /**
   * One of them.
   *
   * @param pod whose address it is; empty where nobody says
   * @param zone where it stands; empty where nobody says
   * @param forZone whose clients should take it, as its hint; empty for no hint
   */
  public record Endpoint(
      String address, Condition condition, String pod, String zone, String forZone) {

    public Endpoint(String address, Condition condition) {
      this(address, condition, "", "", "");
    }

    private String json() {
      List<String> parts = new ArrayList<>();
      parts.add("\"addresses\":[" + quoted(address) + "]");
      parts.add(
          "\"conditions\":{\"ready\":%b,\"serving\":%b,\"terminating\":%b}"
              .formatted(
                  condition == Condition.READY,
                  condition == Condition.READY || condition == Condition.TERMINATING,
                  condition == Condition.TERMINATING || condition == Condition.ENDING));
      if (!pod.isEmpty()) {
        parts.add(
            "\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":%s,\"uid\":%s}"
                .formatted(quoted(pod), quoted("uid-" + pod)));
      }
      if (!zone.isEmpty()) {
        parts.add("\"zone\":" + quoted(zone));
      }
      if (!forZone.isEmpty()) {
        parts.add("\"hints\":{\"forZones\":[{\"name\":" + quoted(forZone) + "}]}");
      }
      return "{" + String.join(",", parts) + "}";
    }
  }

  /** An empty one of IPv4 addresses, in the namespace "default". */
  public static TestSlice of(String service, String name) {
    return new TestSlice("default", name, "IPv4", Map.of(SERVICE, service), Map.of(), List.of());
  }

  public TestSlice in(String namespace) {
    return new TestSlice(namespace, name, addressType, labels, ports, endpoints);
  }

  public TestSlice ipv6() {
    return new TestSlice(namespace, name, "IPv6", labels, ports, endpoints);
  }

  public TestSlice label(String label, String value) {
    Map<String, String> more = new LinkedHashMap<>(labels);
    more.put(label, value);
    return new TestSlice(namespace, name, addressType, more, ports, endpoints);
  }

  public TestSlice port(String portName, int port) {
    Map<String, Integer> more = new LinkedHashMap<>(ports);
    more.put(portName, port);
    return new TestSlice(namespace, name, addressType, labels, more, endpoints);
  }

  /** With these endpoints instead of those that it has. */
  public TestSlice with(Endpoint... others) {
    return new TestSlice(namespace, name, addressType, labels, ports, List.of(others));
  }

  /** With these endpoints instead of those that it has, all ready. */
  public TestSlice ready(String... addresses) {
    return with(
        List.of(addresses).stream()
            .map(address -> new Endpoint(address, Condition.READY))
            .toArray(Endpoint[]::new));
  }

  /**
   * Whether a label selector of the forms {@code a=b} and {@code a}, joined by commas, finds it.
   */
  boolean isSelected(String selector) {
    for (String term : selector.split(",", -1)) {
      String[] pair = term.split("=+", 2);
      String value = labels.get(pair[0].strip());
      boolean holds = value != null && (pair.length == 1 || value.equals(pair[1].strip()));
      if (!holds && !term.isBlank()) {
        return false;
      }
    }
    return true;
  }

  /** As the API server writes it. */
  public String json(long version) {
    return """
        {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":%s,\
        "namespace":%s,"uid":"6f1d","resourceVersion":"%d","generation":7,"labels":{%s}},\
        "addressType":"%s","endpoints":[%s],"ports":[%s]}"""
        .formatted(
            quoted(name),
            quoted(namespace),
            version,
            labels.entrySet().stream()
                .map(label -> quoted(label.getKey()) + ":" + quoted(label.getValue()))
                .collect(Collectors.joining(",")),
            addressType,
            endpoints.stream().map(Endpoint::json).collect(Collectors.joining(",")),
            ports.entrySet().stream()
                .map(
                    port ->
                        "{\"name\":%s,\"port\":%d,\"protocol\":\"TCP\"}"
                            .formatted(quoted(port.getKey()), port.getValue()))
                .collect(Collectors.joining(",")));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
