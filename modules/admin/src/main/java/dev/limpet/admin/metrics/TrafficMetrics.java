package dev.limpet.admin.metrics;

import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.Figures.Exemplar;
import dev.limpet.model.live.Figures.OfListener;
import dev.limpet.model.live.Figures.OfRoute;
import dev.limpet.model.live.Figures.OfServer;
import dev.limpet.model.live.Figures.OfUpstream;
import dev.limpet.model.state.Traffic;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What the data plane has counted and timed, by listener, route, upstream and server. */
final class TrafficMetrics implements MultiCollector {

  private final Supplier<Figures> figures;
  private final Supplier<Traffic> traffic;

  TrafficMetrics(Supplier<Figures> figures, Supplier<Traffic> traffic) {
    this.figures = figures;
    this.traffic = traffic;
  }

  @Override
  public MetricSnapshots collect() {
    Families families = new Families();
    Figures now = figures.get();
    now.routes().forEach(route -> route(route, families));
    durations(now.routes(), families);
    now.upstreams().forEach(upstream -> upstream(upstream, families));
    now.servers().forEach(server -> server(server, families));
    now.listeners().forEach(listener -> listener(listener, families));
    traffic
        .get()
        .upstreams()
        .forEach(
            (name, counts) ->
                families.counter(
                    "limpet_upstream_retries_refused",
                    "Retries that the budget did not allow",
                    counts.retriesRefused(),
                    "upstream",
                    name));
    families.histogram(
        "limpet_event_loop_lag_seconds",
        "How late event loops came to what was due",
        now.loopLag());
    return families.all();
  }

  private static void route(OfRoute route, Families families) {
    String[] where = {
      "listener", route.listener(), "route", route.route(), "upstream", route.upstream()
    };
    for (Figures.Responses responses : route.responses()) {
      families.counter(
          "limpet_http_requests",
          "Requests by the status of their answer; 499 where the client had gone before",
          responses.count(),
          with(where, "method", responses.method(), "code", code(responses.code())));
    }
    families.counter(
        "limpet_http_request_bytes",
        "Bytes of requests' bodies that were sent on",
        route.requestBytes(),
        where);
    families.counter(
        "limpet_http_response_bytes",
        "Bytes of responses' bodies that clients took",
        route.responseBytes(),
        where);
  }

  /** Of a route at all listeners together: a histogram is many lines. */
  private static void durations(List<OfRoute> routes, Families families) {
    record Key(String route, String upstream) implements Comparable<Key> {
      @Override
      public int compareTo(Key other) {
        int order = route.compareTo(other.route);
        return order == 0 ? upstream.compareTo(other.upstream) : order;
      }
    }
    Map<Key, Distribution> times = new TreeMap<>();
    Map<Key, List<Exemplar>> exemplars = new TreeMap<>();
    for (OfRoute route : routes) {
      Key key = new Key(route.route(), route.upstream());
      times.merge(key, route.duration(), Distribution::plus);
      exemplars.computeIfAbsent(key, any -> new ArrayList<>()).addAll(route.exemplars());
    }
    times.forEach(
        (key, duration) ->
            families.histogram(
                "limpet_http_request_duration_seconds",
                "From a request's head to the last byte of its response",
                duration,
                exemplars.getOrDefault(key, List.of()),
                "route",
                key.route,
                "upstream",
                key.upstream));
  }

  private static void upstream(OfUpstream upstream, Families families) {
    String[] where = {"upstream", upstream.upstream()};
    upstream
        .retries()
        .forEach(
            (reason, count) ->
                families.counter(
                    "limpet_upstream_retries",
                    "Requests that were sent once more, by why",
                    count,
                    with(where, "reason", reason)));
    upstream
        .rules()
        .forEach(
            (rule, count) ->
                families.counter(
                    "limpet_session_requests",
                    "Requests of clients with a session, by what it is known by",
                    count,
                    with(where, "rule", rule)));
    upstream
        .moves()
        .forEach(
            (cause, count) ->
                families.counter(
                    "limpet_session_moves",
                    "Sessions that moved to another server, by why",
                    count,
                    with(where, "cause", cause)));
    upstream
        .affinity()
        .forEach(
            (outcome, count) ->
                families.counter(
                    "limpet_affinity",
                    "Requests by what became of their client's session",
                    count,
                    with(where, "outcome", outcome)));
    families.gauge(
        "limpet_upstream_queued", "Requests that wait for a server", upstream.queued(), where);
    families.gauge("limpet_tunnels", "Tunnels that are open", upstream.tunnels(), where);
    families.histogram(
        "limpet_upstream_queue_wait_seconds",
        "How long requests waited for a server, of those that had to",
        upstream.queueWait(),
        where);
  }

  private static void server(OfServer server, Families families) {
    String[] where = {"upstream", server.upstream(), "server", server.server().value()};
    server
        .codes()
        .forEach(
            (code, count) ->
                families.counter(
                    "limpet_upstream_requests",
                    "Answers of a server by status",
                    count,
                    with(where, "code", code(code))));
    server
        .failures()
        .forEach(
            (cause, count) ->
                families.counter(
                    "limpet_upstream_failures",
                    "Attempts without a whole answer, by cause",
                    count,
                    with(where, "cause", cause)));
    families.counter(
        "limpet_upstream_sent_bytes",
        "Bytes of bodies that were sent to a server",
        server.sentBytes(),
        where);
    families.counter(
        "limpet_upstream_received_bytes",
        "Bytes of bodies that came from a server",
        server.receivedBytes(),
        where);
    families.gauge(
        "limpet_upstream_active",
        "Requests and tunnels under way at a server",
        server.active(),
        where);
    families.histogram(
        "limpet_upstream_connect_seconds",
        "Time to a new connection, TLS included",
        server.connect(),
        where);
    families.histogram(
        "limpet_upstream_first_byte_seconds",
        "From the request to the head of its response",
        server.firstByte(),
        where);
    families.histogram(
        "limpet_upstream_response_seconds",
        "From the request to the end of its response",
        server.response(),
        where);
  }

  private static void listener(OfListener listener, Families families) {
    String[] where = {"listener", listener.listener()};
    families.gauge("limpet_listener_connections", "Clients connected", listener.active(), where);
    families.counter(
        "limpet_listener_connections_accepted", "Connections taken", listener.accepted(), where);
    families.counter(
        "limpet_listener_connections_dropped",
        "Connections ended before they could send a request, for want of room or a PROXY header",
        listener.dropped(),
        where);
    families.gauge(
        "limpet_http2_connections", "Clients that speak HTTP/2", listener.http2(), where);
    families.counter(
        "limpet_http2_streams", "Requests that came over HTTP/2", listener.streams(), where);
    families.counter(
        "limpet_http_unreadable_requests",
        "What clients have sent that is no request",
        listener.unreadable(),
        where);
    for (Figures.Handshakes handshakes : listener.handshakes()) {
      families.counter(
          "limpet_tls_handshakes",
          "TLS handshakes by version and result: full, resumed or failed",
          handshakes.count(),
          with(where, "version", handshakes.version(), "result", handshakes.result()));
    }
  }

  private static String code(int code) {
    return Integer.toString(code);
  }

  private static String[] with(String[] labels, String... more) {
    String[] all = new String[labels.length + more.length];
    System.arraycopy(labels, 0, all, 0, labels.length);
    System.arraycopy(more, 0, all, labels.length, more.length);
    return all;
  }
}
