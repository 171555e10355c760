package dev.limpet.kubernetes;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.ServerSource.FoundServer;
import dev.limpet.model.state.ServerSource.Standing;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The EndpointSlices that there are, and what servers they add up to. One thread at a time. */
final class SliceSet {

  /** Slices and endpoints, together; a Service of such a size has other troubles. */
  private static final int MOST = 20_000;

  private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  /** An endpoint of one of the slices. */
  private record Candidate(HostPort address, boolean ipv6, EndpointSlice.Endpoint endpoint) {

    /** The same process, whatever the address. */
    Optional<String> process() {
      String pod = endpoint.pod();
      return pod.isEmpty() ? Optional.empty() : Optional.of(pod + ":" + address.port());
    }
  }

  private final Map<String, EndpointSlice> slices = new TreeMap<>();
  private int size;

  /** Has these from now on, and no others. */
  void replace(List<EndpointSlice> all) throws ApiFailure {
    slices.clear();
    size = 0;
    for (EndpointSlice slice : all) {
      put(slice);
    }
  }

  void put(EndpointSlice slice) throws ApiFailure {
    remove(slice);
    size += sizeOf(slice);
    slices.put(slice.name(), slice);
    if (size > MOST) {
      throw new ApiFailure("more than " + MOST + " endpoints; the selector takes too many");
    }
  }

  void remove(EndpointSlice slice) throws ApiFailure {
    EndpointSlice before = slices.remove(slice.name());
    size -= before == null ? 0 : sizeOf(before);
  }

  private static int sizeOf(EndpointSlice slice) {
    return 1 + slice.allEndpoints().size();
  }

  boolean isEmpty() {
    return slices.isEmpty();
  }

  /** Why no server is found, though there are endpoints or should be. */
  Optional<String> trouble(PortChoice choice) {
    if (slices.isEmpty()) {
      return Optional.of("there is no EndpointSlice of it; is its name right?");
    }
    List<EndpointSlice> used =
        slices.values().stream().filter(slice -> !slice.allEndpoints().isEmpty()).toList();
    return used.stream().anyMatch(slice -> choice.of(slice).isPresent())
        ? Optional.empty()
        : used.stream().findFirst().map(choice::trouble);
  }

  /** Those of all endpoints, whatever their state. */
  Set<HostPort> addresses(PortChoice choice) {
    return candidates(choice).stream().map(Candidate::address).collect(toUnmodifiableSet());
  }

  /** Ordered by address. */
  List<FoundServer> servers(PortChoice choice) {
    List<Candidate> candidates = candidates(choice);
    dropSecondAddresses(candidates);
    boolean hinted =
        candidates.stream()
            .filter(found -> found.endpoint().standing() == Standing.READY)
            .noneMatch(found -> found.endpoint().forZones().isEmpty());
    return candidates.stream()
        .map(
            found ->
                new FoundServer(
                    found.address(),
                    1,
                    false,
                    zone(found.endpoint(), hinted),
                    found.endpoint().standing()))
        .toList();
  }

  /** One for each address. */
  private List<Candidate> candidates(PortChoice choice) {
    Map<String, Candidate> best = new TreeMap<>();
    for (EndpointSlice slice : slices.values()) {
      OptionalInt port = choice.of(slice);
      if (port.isPresent()) {
        for (EndpointSlice.Endpoint endpoint : slice.allEndpoints()) {
          candidate(slice, endpoint, port.getAsInt())
              .ifPresent(found -> best.merge(found.address().toString(), found, SliceSet::better));
        }
      }
    }
    return new ArrayList<>(best.values());
  }

  private static Optional<Candidate> candidate(
      EndpointSlice slice, EndpointSlice.Endpoint endpoint, int port) {
    boolean ipv6 = "IPv6".equals(slice.addressType());
    if (!ipv6 && !"IPv4".equals(slice.addressType())) {
      return Optional.empty();
    }
    try {
      return endpoint
          .address()
          .map(
              text ->
                  new Candidate(
                      new HostPort(InetAddress.ofLiteral(text).getHostAddress(), port),
                      ipv6,
                      endpoint));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** An endpoint may be in two slices for a moment, and one of them is older. */
  private static Candidate better(Candidate one, Candidate other) {
    Comparator<Candidate> order =
        Comparator.comparingInt(found -> rank(found.endpoint().standing()));
    return order.compare(other, one) < 0 ? other : one;
  }

  private static int rank(Standing standing) {
    return switch (standing) {
      case READY -> 0;
      case TERMINATING -> 1;
      case NOT_READY -> 2;
    };
  }

  /** A pod with addresses of both kinds is one server. */
  private static void dropSecondAddresses(List<Candidate> candidates) {
    Set<String> reached = new HashSet<>();
    for (Candidate candidate : candidates) {
      if (!candidate.ipv6()) {
        candidate.process().ifPresent(reached::add);
      }
    }
    candidates.removeIf(
        candidate -> candidate.ipv6() && candidate.process().filter(reached::contains).isPresent());
  }

  /**
   * @param hinted whether all say for which zones they are; as for kube-proxy, only then it counts
   */
  private static String zone(EndpointSlice.Endpoint endpoint, boolean hinted) {
    String own = endpoint.zone() == null ? "" : endpoint.zone();
    List<String> wanted = endpoint.forZones();
    String zone = !hinted || wanted.isEmpty() || wanted.contains(own) ? own : wanted.getFirst();
    return ZONE.matcher(zone).matches() ? zone : "";
  }
}
