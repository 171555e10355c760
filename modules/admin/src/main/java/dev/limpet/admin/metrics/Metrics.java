package dev.limpet.admin.metrics;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.admin.door.Refusals;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.cluster.port.Gate;
import dev.limpet.cluster.sessions.SessionCounters;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.live.ExportedSpans;
import dev.limpet.model.live.Figures;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** {@code GET /metrics}, in the format that who asks wants. Safe for threads. */
public final class Metrics {

  private static final ExpositionFormats FORMATS = ExpositionFormats.init();

  private static final List<MeterBinder> JVM =
      List.of(
          new JvmMemoryMetrics(),
          new JvmGcMetrics(),
          new JvmThreadMetrics(),
          new ProcessorMetrics(),
          new FileDescriptorMetrics(),
          new UptimeMetrics());

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final Supplier<Traffic> traffic;
  private final MultiGauge certificates =
      MultiGauge.builder("limpet.tls.certificate.expiry.timestamp.seconds")
          .description("When a listener's certificate expires, in seconds since 1970")
          .register(registry);

  public Metrics(
      ClusterNode cluster,
      ChangeRegistry changes,
      Supplier<Traffic> traffic,
      Supplier<Figures> figures,
      Supplier<ExportedSpans> spans,
      Supplier<LoopHealth> loops,
      LongSupplier logDropped,
      Refusals refusals,
      String version,
      BooleanSupplier lastReload,
      LongSupplier lastReloadMillis,
      LongSupplier lettersRefused) {
    this.traffic = traffic;
    counter("limpet.requests", "Requests taken", traffic, now -> now.get().requests());
    gauge(
        "limpet.requests.active",
        "Requests and tunnels under way at servers",
        traffic,
        now -> now.get().activeRequests().values().stream().mapToInt(Integer::intValue).sum());
    gauge("limpet.connections", "Clients connected", traffic, now -> now.get().connections());
    counter(
        "limpet.log.dropped",
        "Lines of the log that were dropped because nobody took them",
        logDropped,
        LongSupplier::getAsLong);
    counter(
        "limpet.access.log.dropped",
        "Lines of the access log that were never written",
        traffic,
        now -> now.get().accessLogDropped());
    counter(
        "limpet.traces.exported",
        "Spans that the collector of traces has taken",
        spans,
        now -> now.get().exported());
    counter("limpet.traces.dropped", "Spans that it never got", spans, now -> now.get().dropped());
    counter(
        "limpet.proxy.headers.refused",
        "Connections to listeners with PROXY protocol that came from no trusted proxy",
        traffic,
        now -> now.get().proxyHeadersRefused());
    counter(
        "limpet.http2.cut.off",
        "HTTP/2 clients cut off for floods, resets, or answers that they did not take",
        traffic,
        now -> now.get().http2CutOff());
    gauge(
        "limpet.memory.held.bytes",
        "What clients' connections hold",
        traffic,
        now -> now.get().room().held());
    gauge("limpet.memory.max.bytes", "What they may hold", traffic, now -> now.get().room().most());
    gauge(
        "limpet.connections.max",
        "Clients that the limit of open files has room for",
        traffic,
        now -> now.get().room().files());
    counter(
        "limpet.connections.reclaimed",
        "Idle connections closed to make room for others",
        traffic,
        now -> now.get().room().closed());
    counter(
        "limpet.connections.cut",
        "Connections cut because they held most while memory was short",
        traffic,
        now -> now.get().room().cut());
    counter(
        "limpet.connections.refused",
        "New connections refused, for want of memory or because their address had too many",
        traffic,
        now -> now.get().room().refused());
    counter(
        "limpet.connections.slowed",
        "Times that nothing more was read from a client for want of memory",
        traffic,
        now -> now.get().room().slowed());
    gauge(
        "limpet.ready",
        "1 if this node takes traffic as far as the cluster is concerned",
        cluster,
        node -> node.snapshot().readiness().ready() ? 1 : 0);
    gauge(
        "limpet.quorum",
        "1 if this node is in the cluster and holds the session table with a majority",
        cluster,
        node -> node.snapshot().readiness().waitingFor().isEmpty() ? 1 : 0);
    gauge(
        "limpet.changes.journal.usable",
        "1 if this node can write down what is changed at run time",
        changes,
        now -> now.trouble().isEmpty() ? 1 : 0);
    counter(
        "limpet.loop.faults",
        "Requests and connections ended by what was thrown on them, an error of Limpet's",
        loops,
        now -> now.get().faults());
    counter(
        "limpet.loop.stalls",
        "Times that an event loop stood still for 2 s",
        loops,
        now -> now.get().stalls());
    registry.getPrometheusRegistry().register(new TrafficMetrics(figures, traffic));
    registry.getPrometheusRegistry().register(new ClusterMetrics(cluster));
    JVM.forEach(binder -> binder.bindTo(registry));
    Gauge.builder("limpet.build.info", () -> 1)
        .description("Always 1; the label says which Limpet this is")
        .tag("version", version)
        .register(registry);
    gauge(
        "limpet.config.last.reload.successful",
        "1 if the settings file held when it was read last",
        lastReload,
        last -> last.getAsBoolean() ? 1 : 0);
    gauge(
        "limpet.config.last.reload.timestamp.seconds",
        "When the settings file was read last, in seconds since 1970",
        lastReloadMillis,
        last -> last.getAsLong() / 1e3);
    counter(
        "limpet.cluster.letters.refused",
        "Messages of other nodes for those who watch that could not be read, or not be kept",
        lettersRefused,
        LongSupplier::getAsLong);
    cluster.subscribe(new HealthMetrics(registry));
    cluster.subscribe(new EjectionMetrics(registry));
    Gate gate = cluster.gate();
    for (String kind : Gate.kinds()) {
      FunctionCounter.builder("limpet.cluster.refused", gate, of -> of.count(kind))
          .description("What came in at the cluster port, or from it, that is not this cluster's")
          .tag("kind", kind)
          .register(registry);
    }
    for (Refusals.Reason reason : Refusals.Reason.values()) {
      FunctionCounter.builder("limpet.admin.refused", refusals, of -> of.count(reason))
          .description("Requests that the admin listener has refused, by why")
          .tag("reason", reason.tag())
          .register(registry);
    }
    Sessions sessions = cluster.sessions();
    SessionCounters counters = sessions.counters();
    gauge("limpet.sessions", "Sessions in the table", sessions, Sessions::size);
    counter(
        "limpet.sessions.bound",
        "Sessions learned from servers at this node",
        counters,
        SessionCounters::boundCount);
    counter(
        "limpet.sessions.moved",
        "Times that this node placed a session, for the first time or anew",
        counters,
        SessionCounters::movedCount);
    counter(
        "limpet.sessions.expired",
        "Sessions dropped at the end of their time",
        sessions,
        Sessions::expired);
    counter(
        "limpet.sessions.evicted",
        "Sessions dropped because the table was full",
        sessions,
        Sessions::evicted);
    counter(
        "limpet.sessions.conflicts",
        "Times that this node gave way to another one that moved the same session",
        counters,
        SessionCounters::conflictCount);
    counter(
        "limpet.sessions.quorum.failures",
        "Times that no majority of the nodes answered",
        counters,
        SessionCounters::quorumFailureCount);
    gauge(
        "limpet.sessions.replication.lag.seconds",
        "A change's way to the farthest node that answers, and back",
        counters,
        SessionCounters::lagSeconds);
  }

  /**
   * Writes all figures of this moment.
   *
   * @param accept what the request accepts: Prometheus's text, OpenMetrics' or protobuf
   */
  public HttpResponse answer(String accept) {
    register(traffic.get().certificates());
    ExpositionFormatWriter writer = FORMATS.findWriter(accept);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      writer.write(text, registry.getPrometheusRegistry().scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return HttpResponse.create()
        .withEntity(
            HttpEntities.create(ContentTypes.parse(writer.getContentType()), text.toByteArray()));
  }

  private void register(List<Traffic.Certificate> shown) {
    certificates.register(
        // Two of one name, such as an RSA one beside an EC one, are as good as the first that
        // expires.
        shown.stream()
            .collect(
                Collectors.toMap(
                    one -> Tags.of("listener", one.listener(), "name", one.name()),
                    one -> one.until().getEpochSecond(),
                    Math::min))
            .entrySet()
            .stream()
            .map(row -> MultiGauge.Row.of(row.getKey(), row.getValue()))
            .toList(),
        true);
  }

  private <T> void counter(String name, String help, T of, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, of, value).description(help).register(registry);
  }

  private <T> void gauge(String name, String help, T of, ToDoubleFunction<T> value) {
    Gauge.builder(name, of, value).description(help).strongReference(true).register(registry);
  }
}
