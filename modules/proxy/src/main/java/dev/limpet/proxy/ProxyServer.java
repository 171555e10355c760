package dev.limpet.proxy;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import com.typesafe.config.Config;
import dev.limpet.http.FrontEnd;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.exchange.DataPlane;
import dev.limpet.proxy.exchange.Exchange;
import dev.limpet.proxy.recording.Recorder;
import dev.limpet.proxy.servers.BackendRegistry;
import dev.limpet.proxy.servers.UpstreamRegistry;
import dev.limpet.transport.Listener;
import dev.limpet.transport.limits.MemoryBudget;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.tls.TlsClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The data plane of one node. All methods may be called from any thread. */
public final class ProxyServer {

  private static final long DRAIN_POLL_MILLIS = 20;

  private final EventLoops loops;
  private final AccessLog accessLog;
  private final Recorder recorder;
  private final DataPlane plane;
  private final BackendRegistry backends = new BackendRegistry();
  private final FrontEnd frontEnd;
  private final UpstreamRegistry upstreams;
  private final Listeners listeners;

  private ProxyServer(ActorSystem<?> system, Settings settings, ClusterState cluster) {
    this.loops = EventLoops.of(Adapter.toClassic(system));
    this.accessLog = AccessLog.open(settings);
    this.recorder = new Recorder(loops.all().size(), accessLog);
    this.plane = new DataPlane(cluster, loops.all(), recorder);
    this.frontEnd = new FrontEnd(Adapter.toClassic(system), settings.limits(), this::handle);
    this.upstreams = new UpstreamRegistry(system, backends, settings.node().zone(), cluster);
    this.listeners = new Listeners(loops, frontEnd::serve);
    cluster.subscribe(
        snapshot -> {
          upstreams.onSnapshot(snapshot);
          listeners.setKeys(snapshot.ticketKeys());
        });
    loops.all().getFirst().every(Duration.ofSeconds(1), backends::age);
  }

  /** The configuration that the node's actor system needs for the data plane. */
  public static Config akkaConfig(Settings settings) {
    return EventLoops.dispatcherConfig(settings.node().eventLoops(), settings.limits().maxMemory())
        .withFallback(FrontEnd.akkaConfig(settings));
  }

  /**
   * @param settings event loops, limits and the access log are taken from here, and stay
   */
  public static ProxyServer create(ActorSystem<?> system, Settings settings, ClusterState cluster) {
    return new ProxyServer(system, settings, cluster);
  }

  /** All that is needed to serve by other settings; it cannot fail any more. */
  public interface Prepared {

    /**
     * Serves by the settings that were prepared. What they do not change goes on untouched:
     * connections, requests, tunnels, sessions. The cluster has to know the upstreams' servers.
     *
     * @return completes when requests are routed by them
     */
    CompletionStage<Done> apply();
  }

  /**
   * Loads certificates and takes addresses. Not to be called again before the last one is applied.
   *
   * @return fails with a {@link java.net.BindException} that names the address which is taken, or
   *     an {@link IOException} that names the certificate which cannot be used; then nothing has
   *     changed
   */
  public CompletionStage<Prepared> prepare(Settings next) {
    Map<String, Optional<TlsClient>> clients;
    try {
      clients = upstreams.load(next.upstreams());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return listeners
        .prepare(next.listeners())
        .thenApply(prepared -> () -> apply(next, clients, prepared));
  }

  private CompletionStage<Done> apply(
      Settings next, Map<String, Optional<TlsClient>> clients, List<Listeners.Prepared> prepared) {
    return upstreams
        .apply(next.upstreams(), clients)
        .thenApply(
            routed -> {
              plane.use(plane.plan().next(next, routed));
              recorder.keep(next);
              upstreams.keep(routed);
              listeners.serve(prepared);
              return Done.getInstance();
            });
  }

  /** Where the listeners are bound, in the order of the settings. */
  public List<InetSocketAddress> addresses() {
    return listeners.addresses();
  }

  /**
   * Goes out of service without a client losing anything. At first all goes on, only that each
   * response is the last of its connection. After {@code delay} no more connections are taken;
   * those that are there are answered until they end, and closed if nothing more is asked on them.
   *
   * @param deadline from the end of the delay
   * @return completes when all connections have ended, at the latest after the deadline; then what
   *     is left may be cut off
   */
  public CompletionStage<Done> drain(Duration delay, Duration deadline) {
    frontEnd.drain();
    CompletableFuture<Done> drained = new CompletableFuture<>();
    CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> endConnections(drained, deadline));
    return drained;
  }

  /**
   * Writes the rest of the access log, and of what has failed; for when the actor system, and with
   * it traffic, has ended.
   */
  public void close() {
    accessLog.close();
    loops.failures().flush();
  }

  private void endConnections(CompletableFuture<Done> drained, Duration deadline) {
    CompletableFuture<Done> unbound = listeners.unbind().toCompletableFuture();
    frontEnd.closeIdle();
    frontEnd.goAway(deadline);
    // The last ones end before the deadline, and their clients do not all come back at once.
    plane.closeTunnels(deadline.multipliedBy(4).dividedBy(5));
    awaitEmpty(unbound, drained, System.nanoTime() + deadline.toNanos());
  }

  /** How the event loops do. */
  public LoopHealth loops() {
    return loops.health();
  }

  /** What has been counted and timed since the start. */
  public Figures figures() {
    Map<String, Integer> queued = new HashMap<>();
    plane.plan().upstreams().forEach((name, upstream) -> queued.put(name, upstream.waiting()));
    return recorder.figures(backends.activeRequests(), queued, listeners.figures(), loops.lag());
  }

  /** Has single requests told to somebody, from now on. */
  public void observe(RequestSink sink) {
    recorder.observe(sink);
  }

  public Traffic traffic() {
    Map<String, Traffic.Upstream> upstreams = new HashMap<>();
    plane.plan().upstreams().forEach((name, upstream) -> upstreams.put(name, upstream.traffic()));
    return new Traffic(
        upstreams,
        backends.activeRequests(),
        backends.inUse(),
        recorder.requests(),
        listeners.connections(),
        accessLog.dropped(),
        room(),
        listeners.proxyHeadersRefused(),
        frontEnd.cutOff(),
        listeners.certificates());
  }

  private Traffic.Room room() {
    MemoryBudget memory = loops.memory();
    return new Traffic.Room(
        memory.held(),
        memory.limit(),
        loops.files().mostClients(),
        memory.closedIdle() + listeners.count(Listener::closedIdle),
        memory.cut(),
        memory.refused() + listeners.count(Listener::tooManyPerAddress),
        memory.heldUp());
  }

  private RequestHandler.Work handle(
      Client client, HttpRequest request, Materializer materializer, Consumer<HttpResponse> reply) {
    return Exchange.start(plane, client, request, materializer, reply);
  }

  private void awaitEmpty(
      CompletableFuture<Done> unbound, CompletableFuture<Done> drained, long deadline) {
    boolean empty = unbound.isDone() && listeners.isIdle();
    if (empty || System.nanoTime() - deadline > 0) {
      drained.complete(Done.getInstance());
      return;
    }
    CompletableFuture.delayedExecutor(DRAIN_POLL_MILLIS, TimeUnit.MILLISECONDS)
        .execute(() -> awaitEmpty(unbound, drained, deadline));
  }
}
