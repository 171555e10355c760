package dev.limpet.admin.live;

import dev.limpet.model.state.ClusterSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reports of all members, added up.
 *
 * @param members in the order of the snapshot
 */
record Reports(List<OfMember> members) {

  /**
   * @param report the last one; null where there is none
   * @param age of the report, in seconds
   * @param answers whether it is of now
   */
  record OfMember(
      ClusterSnapshot.Node member, @Nullable NodeReport report, double age, boolean answers) {

    /** Its part of the sums. */
    private <P> List<P> parts(Function<NodeReport, List<P>> of, Function<P, P> past) {
      if (report == null) {
        return List.of();
      }
      List<P> parts = of.apply(report);
      return answers ? parts : parts.stream().map(past).toList();
    }

    List<NodeReport.Route> routes() {
      return parts(
          NodeReport::routes,
          route ->
              new NodeReport.Route(
                  route.listener(), route.route(), route.upstream(), route.tally().past()));
    }

    List<NodeReport.Server> servers() {
      return parts(NodeReport::servers, NodeReport.Server::past);
    }

    List<NodeReport.Upstream> upstreams() {
      return parts(NodeReport::upstreams, NodeReport.Upstream::past);
    }

    List<NodeReport.Listener> listeners() {
      return parts(NodeReport::listeners, NodeReport.Listener::past);
    }

    /** All that clients have asked of it, and what came of it at servers. */
    Tally total() {
      Tally total = whole(routes().stream().map(NodeReport.Route::tally).toList(), servers());
      return answers && report != null && report.warm() ? total.known() : total;
    }
  }

  /**
   * What clients have asked for, with what only servers' figures say.
   *
   * @param asked by clients
   */
  static Tally whole(List<Tally> asked, List<NodeReport.Server> servers) {
    Tally clients = asked.stream().reduce(Tally.NONE, Tally::plus);
    Tally atServers =
        servers.stream().map(NodeReport.Server::tally).reduce(Tally.NONE, Tally::plus);
    return new Tally(
        clients.requests(),
        clients.responses(),
        atServers.failures(),
        clients.bytesIn(),
        clients.bytesOut(),
        atServers.active(),
        clients.rate(),
        clients.latency());
  }

  Tally total() {
    return members.stream().map(OfMember::total).reduce(Tally.NONE, Tally::plus);
  }

  /** By listener, route and upstream. */
  List<NodeReport.Route> routes() {
    return added(
        OfMember::routes,
        route -> List.of(route.listener(), route.route(), route.upstream()).toString(),
        (one, other) ->
            new NodeReport.Route(
                one.listener(), one.route(), one.upstream(), one.tally().plus(other.tally())));
  }

  /** By id. */
  Map<String, NodeReport.Server> servers() {
    return addedByKey(OfMember::servers, NodeReport.Server::id, NodeReport.Server::plus);
  }

  /** By name. */
  Map<String, NodeReport.Upstream> upstreams() {
    return addedByKey(OfMember::upstreams, NodeReport.Upstream::name, NodeReport.Upstream::plus);
  }

  List<NodeReport.Listener> listeners() {
    return added(OfMember::listeners, NodeReport.Listener::listener, Reports::sum);
  }

  private static NodeReport.Listener sum(NodeReport.Listener one, NodeReport.Listener other) {
    Map<String, NodeReport.Handshakes> handshakes = new TreeMap<>();
    for (NodeReport.Listener listener : List.of(one, other)) {
      for (NodeReport.Handshakes some : listener.handshakes()) {
        handshakes.merge(
            some.version() + " " + some.result(),
            some,
            (a, b) -> new NodeReport.Handshakes(a.version(), a.result(), a.count() + b.count()));
      }
    }
    return new NodeReport.Listener(
        one.listener(),
        one.accepted() + other.accepted(),
        one.active() + other.active(),
        one.dropped() + other.dropped(),
        one.http2() + other.http2(),
        one.streams() + other.streams(),
        one.unreadable() + other.unreadable(),
        List.copyOf(handshakes.values()));
  }

  private <P> List<P> added(
      Function<OfMember, List<P>> parts, Function<P, String> key, BinaryOperator<P> plus) {
    return new ArrayList<>(addedByKey(parts, key, plus).values());
  }

  private <P> Map<String, P> addedByKey(
      Function<OfMember, List<P>> parts, Function<P, String> key, BinaryOperator<P> plus) {
    Map<String, P> sums = new TreeMap<>();
    for (OfMember member : members) {
      parts.apply(member).forEach(part -> sums.merge(key.apply(part), part, plus));
    }
    return sums;
  }
}
