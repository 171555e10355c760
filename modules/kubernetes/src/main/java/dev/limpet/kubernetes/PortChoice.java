package dev.limpet.kubernetes;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Which of a slice's ports is meant.
 *
 * @param wanted its number or name; empty for the only one
 * @param anyway whether a number counts where the slice does not list it, too
 */
record PortChoice(Optional<String> wanted, boolean anyway) {

  static PortChoice ofServers(Optional<String> wanted) {
    return new PortChoice(wanted, false);
  }

  static PortChoice ofNodes(OptionalInt wanted) {
    return new PortChoice(
        wanted.isPresent() ? Optional.of(Integer.toString(wanted.getAsInt())) : Optional.empty(),
        true);
  }

  /** Empty where the slice has no such port, or it is not clear which. */
  OptionalInt of(EndpointSlice slice) {
    List<EndpointSlice.Port> ports = slice.tcpPorts();
    if (wanted.isEmpty()) {
      return ports.size() == 1 ? number(ports.getFirst()) : OptionalInt.empty();
    }
    String port = wanted.get();
    OptionalInt number =
        port.matches("[0-9]{1,5}") ? OptionalInt.of(Integer.parseInt(port)) : OptionalInt.empty();
    if (number.isPresent() && (anyway || ports.isEmpty())) {
      // A headless Service need not list ports.
      return number;
    }
    return ports.stream()
        .filter(
            known -> number.isPresent() ? number(known).equals(number) : port.equals(known.name()))
        .map(PortChoice::number)
        .findFirst()
        .orElse(OptionalInt.empty());
  }

  private static OptionalInt number(EndpointSlice.Port port) {
    Integer number = port.port();
    return number == null || number < 1 || number > 65535
        ? OptionalInt.empty()
        : OptionalInt.of(number);
  }

  /** Why the slice has none, in an operator's words. */
  String trouble(EndpointSlice slice) {
    String known =
        slice.tcpPorts().stream()
            .limit(10)
            .map(port -> Words.shown(String.valueOf(port.name())) + " = " + port.port())
            .collect(Collectors.joining(", "));
    String has = known.isEmpty() ? "there are none" : "there are " + known;
    return wanted
        .map(port -> "no port " + port + "; " + has)
        .orElse(known.isEmpty() ? "no port; set port" : "several ports; set port; " + has);
  }
}
