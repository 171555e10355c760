package dev.limpet.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.limpet.model.state.ServerSource.Standing;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An EndpointSlice as its JSON has it, as far as it matters here: a part of the endpoints of a
 * Service, which has more slices where there are many, or addresses of both kinds. <a
 * href="https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/">EndpointSlice
 * v1</a>
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record EndpointSlice(
    @Nullable Metadata metadata,
    @Nullable String addressType,
    @Nullable List<Endpoint> endpoints,
    @Nullable List<Port> ports) {

  EndpointSlice {
    endpoints = copy(endpoints);
    ports = copy(ports);
  }

  /**
   * @throws NullPointerException where one of them is null, which makes the JSON a wrong one
   */
  private static <T> @Nullable List<T> copy(@Nullable List<T> list) {
    return list == null ? null : List.copyOf(list);
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Metadata(@Nullable String name, @Nullable String resourceVersion) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Endpoint(
      @Nullable List<String> addresses,
      @Nullable Conditions conditions,
      @Nullable TargetRef targetRef,
      @Nullable String zone,
      @Nullable Hints hints) {

    Endpoint {
      addresses = copy(addresses);
    }

    /** They all lead to the same; the first is for those who want one. */
    Optional<String> address() {
      return addresses == null ? Optional.empty() : addresses.stream().findFirst();
    }

    /** Who says nothing of it is ready, and is not about to end. */
    Standing standing() {
      if (conditions == null) {
        return Standing.READY;
      }
      boolean ready = conditions.ready == null || conditions.ready;
      boolean serving = conditions.serving == null ? ready : conditions.serving;
      if (Boolean.TRUE.equals(conditions.terminating)) {
        return serving ? Standing.TERMINATING : Standing.NOT_READY;
      }
      return ready ? Standing.READY : Standing.NOT_READY;
    }

    /** What tells the pod from all others; empty where nobody says. */
    String pod() {
      return targetRef == null || targetRef.uid == null ? "" : targetRef.uid;
    }

    /** For clients of which zones it is meant; empty where nobody says. */
    List<String> forZones() {
      return hints == null || hints.forZones == null
          ? List.of()
          : hints.forZones.stream().map(ForZone::name).toList();
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Conditions(
      @Nullable Boolean ready, @Nullable Boolean serving, @Nullable Boolean terminating) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record TargetRef(@Nullable String uid) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Hints(@Nullable List<ForZone> forZones) {

    Hints {
      forZones = copy(forZones);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record ForZone(String name) {

    ForZone {
      Objects.requireNonNull(name);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Port(@Nullable String name, @Nullable Integer port, @Nullable String protocol) {

    boolean isTcp() {
      return protocol == null || protocol.equals("TCP");
    }
  }

  /** Its name, which no other slice of the namespace has. */
  String name() throws ApiFailure {
    String name = metadata == null ? null : metadata.name;
    if (name == null || name.isEmpty()) {
      throw new ApiFailure("an EndpointSlice has no name");
    }
    return name;
  }

  String version() throws ApiFailure {
    return version(metadata);
  }

  /**
   * @throws ApiFailure where there is none; it goes into a request, so it has to be one word
   */
  static String version(@Nullable Metadata metadata) throws ApiFailure {
    String version = metadata == null ? null : metadata.resourceVersion;
    if (version == null || !version.matches("[!-~]{1,128}")) {
      throw new ApiFailure("an object has no resourceVersion");
    }
    return version;
  }

  List<Endpoint> allEndpoints() {
    return endpoints == null ? List.of() : endpoints;
  }

  /** Those that speak TCP and have a number. */
  List<Port> tcpPorts() {
    return ports == null
        ? List.of()
        : ports.stream().filter(Port::isTcp).filter(port -> port.port() != null).toList();
  }
}
