package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.ServerState;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The rules of ejection. Pure: the same entries and the same time give the same ejected servers at
 * every node.
 *
 * <p>An entry that is over is kept, for it says how long the server's next ejection is.
 */
final class Ejections {

  /** The cause and the detail stand last, for the detail may hold spaces. */
  static final Codec<Ejection> CODEC = new Codec<>(Ejections::encode, Ejections::decode);

  /** The one that holds for longest speaks for the server. */
  private static final BinaryOperator<Ejection> LONGEST =
      BinaryOperator.maxBy(
          Comparator.comparingLong(Ejection::until).thenComparingLong(Ejection::since));

  private Ejections() {}

  private static String encode(Ejection ejection) {
    return ejection.since()
        + " "
        + ejection.until()
        + " "
        + ejection.times()
        + " "
        + ejection.cause()
        + " "
        + ejection.detail();
  }

  private static Ejection decode(String text) {
    String[] parts = text.split(" ", 5);
    return new Ejection(
        Ejection.Cause.valueOf(parts[3]),
        parts[4],
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Integer.parseInt(parts[2]));
  }

  /** Each server's last ejection, by its id. */
  static Map<String, Ejection> last(Map<ServerAtNode, Ejection> entries) {
    Map<String, Ejection> last = new HashMap<>();
    entries.forEach((key, ejection) -> last.merge(key.server(), ejection, LONGEST));
    return last;
  }

  /**
   * An upstream's servers with the ejections that are in force: of those that could take new
   * clients, as many as may be, those first that were ejected first.
   */
  static List<ServerState> applied(
      List<ServerState> upstream, Map<String, Ejection> last, PassiveChecks checks, long millis) {
    List<ServerState> open = upstream.stream().filter(ServerState::isOpen).toList();
    Set<ServerId> ejected =
        open.stream()
            .filter(state -> until(state, last) > millis)
            .sorted(
                Comparator.comparingLong((ServerState state) -> of(state, last).since())
                    .thenComparing(state -> state.server().id()))
            .limit(checks.mostEjected(open.size()))
            .map(state -> state.server().id())
            .collect(Collectors.toSet());
    return upstream.stream()
        .map(state -> ejected.contains(state.server().id()) ? with(state, of(state, last)) : state)
        .toList();
  }

  /**
   * The ejection that comes of a node's wish to eject a server.
   *
   * @param upstream the servers with the ejections in force
   * @return empty where the server gets no new clients anyway, or too many are ejected
   */
  static Optional<Ejection> begin(
      ServerId server,
      Ejection.Cause cause,
      String detail,
      List<ServerState> upstream,
      Map<String, Ejection> last,
      PassiveChecks checks,
      long millis) {
    List<ServerState> open = upstream.stream().filter(ServerState::isOpen).toList();
    long ejected = open.stream().filter(state -> state.ejection().isPresent()).count();
    boolean isOpen =
        open.stream()
            .anyMatch(state -> state.server().id().equals(server) && state.ejection().isEmpty());
    if (!isOpen || ejected >= checks.mostEjected(open.size())) {
      return Optional.empty();
    }
    long base = checks.eject().toMillis();
    Ejection before = last.get(server.value());
    long forgiven = before == null ? 0 : Math.max(0, millis - before.until()) / base;
    int times = before == null ? 1 : (int) Math.max(0, before.times() - forgiven) + 1;
    long length = Math.min(checks.maxEject().toMillis(), base * times);
    return Optional.of(new Ejection(cause, detail, millis, millis + length, times));
  }

  /** When servers come back, by the cluster's time in milliseconds. */
  static LongStream returns(Map<ServerAtNode, Ejection> entries) {
    return entries.values().stream().mapToLong(Ejection::until);
  }

  /**
   * What becomes of a node's own entries when checks call their servers suspect or dead: from then
   * on the checks say when a server is back, and not a time that was set before.
   */
  static Map<String, Ejection> overtaken(
      Map<ServerAtNode, Ejection> entries, String node, Predicate<String> isUp, long millis) {
    Map<String, Ejection> ended = new HashMap<>();
    entries.forEach(
        (key, own) -> {
          if (key.node().equals(node) && own.until() > millis && !isUp.test(key.server())) {
            ended.put(
                key.server(),
                new Ejection(own.cause(), own.detail(), own.since(), millis, own.times()));
          }
        });
    return ended;
  }

  private static long until(ServerState state, Map<String, Ejection> last) {
    Ejection ejection = last.get(state.server().id().value());
    return ejection == null ? 0 : ejection.until();
  }

  private static Ejection of(ServerState state, Map<String, Ejection> last) {
    return Objects.requireNonNull(last.get(state.server().id().value()));
  }

  private static ServerState with(ServerState state, Ejection ejection) {
    return new ServerState(
        state.server(), state.health(), state.reason(), state.adminState(), Optional.of(ejection));
  }
}
