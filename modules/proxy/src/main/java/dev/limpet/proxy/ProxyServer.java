package dev.limpet.proxy;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import com.typesafe.config.Config;
import dev.limpet.model.ClusterState;
import dev.limpet.model.Settings;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.akkahttp.Client;
import dev.limpet.proxy.akkahttp.FrontEnd;
import dev.limpet.proxy.akkahttp.RequestHandler;
import dev.limpet.transport.EventLoops;
import dev.limpet.transport.Listener;
import dev.limpet.transport.TlsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The data plane of one node. All methods may be called from any thread. */
public final class ProxyServer {

  private static final long DRAIN_POLL_MILLIS = 20;

  private final Settings settings;
  private final ClusterState cluster;
  private final EventLoops loops;
  private final DataPlane plane;
  private final BackendRegistry backends = new BackendRegistry();
  private final FrontEnd frontEnd;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  private ProxyServer(ActorSystem<?> system, Settings settings, ClusterState cluster) {
    this.settings = settings;
    this.cluster = cluster;
    this.loops = EventLoops.of(Adapter.toClassic(system));
    this.plane = new DataPlane(cluster, settings, loops.all(), AccessLog.open(settings));
    this.frontEnd = new FrontEnd(Adapter.toClassic(system), settings.limits(), this::handle);
    for (UpstreamGroup group : plane.groups()) {
      ActorRef<RoutingActor.Command> routing =
          system.systemActorOf(
              RoutingActor.create(group, backends, settings.node().zone()),
              "routing-" + group.settings().name(),
              Props.empty());
      cluster.subscribe(snapshot -> routing.tell(new RoutingActor.ClusterChanged(snapshot)));
    }
    loops.all().getFirst().every(Duration.ofSeconds(1), backends::age);
  }

  /** What the node's actor system needs for the data plane. */
  public static Config akkaConfig(Settings settings) {
    return EventLoops.dispatcherConfig(settings.node().eventLoops())
        .withFallback(FrontEnd.akkaConfig(settings));
  }

  public static ProxyServer create(ActorSystem<?> system, Settings settings, ClusterState cluster) {
    return new ProxyServer(system, settings, cluster);
  }

  /**
   * Opens the listeners.
   *
   * @return fails with a {@link java.net.BindException} that names the address which is taken, or
   *     an {@link IOException} that names the certificate which cannot be used
   */
  public CompletionStage<Done> bind() {
    List<CompletableFuture<?>> routing = new ArrayList<>();
    try {
      for (UpstreamGroup group : plane.groups()) {
        group.loadTls();
        routing.add(group.first());
      }
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return all(routing).thenCompose(routed -> openListeners());
  }

  private CompletionStage<Done> openListeners() {
    List<CompletableFuture<?>> binding = new ArrayList<>();
    for (Settings.Listener listener : settings.listeners()) {
      binding.add(open(listener).toCompletableFuture());
    }
    return all(binding);
  }

  private CompletionStage<Done> open(Settings.Listener settings) {
    TlsServer tls = null;
    if (settings.tls().isPresent()) {
      try {
        tls = TlsServer.load(settings, settings.tls().get());
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
      TlsServer resuming = tls;
      cluster.subscribe(snapshot -> resuming.setKeys(snapshot.keys()));
    }
    return Listener.bind(loops, settings, tls, connection -> frontEnd.serve(connection, settings))
        .thenApply(
            bound -> {
              listeners.add(bound);
              return Done.getInstance();
            });
  }

  /** Where the listeners are bound, in the order in which that was done. */
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(Listener::localAddress).toList();
  }

  /**
   * Goes out of service without a client losing anything. At first all goes on, only that each
   * response is the last of its connection. After {@code delay} no more connections are taken; those
   * that are there are answered until they end, and closed if nothing more is asked on them.
   *
   * @param deadline from the end of the delay
   * @return completes when all connections have ended, at the latest after the deadline; then what is
   *     left may be cut off
   */
  public CompletionStage<Done> drain(Duration delay, Duration deadline) {
    frontEnd.drain();
    CompletableFuture<Done> drained = new CompletableFuture<>();
    CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> endConnections(drained, deadline));
    return drained;
  }

  /** Writes the rest of the access log; for when the actor system, and with it traffic, has ended. */
  public void close() {
    plane.accessLog().close();
  }

  private void endConnections(CompletableFuture<Done> drained, Duration deadline) {
    CompletableFuture<Done> unbound =
        all(listeners.stream().<CompletableFuture<?>>map(l -> l.unbind().toCompletableFuture()).toList());
    frontEnd.closeIdle();
    frontEnd.goAway(deadline);
    // The last ones end before the deadline, and their clients do not all come back at once.
    plane.closeTunnels(deadline.multipliedBy(4).dividedBy(5));
    awaitEmpty(unbound, drained, System.nanoTime() + deadline.toNanos());
  }

  public ProxyStatus status() {
    Map<String, ProxyStatus.Upstream> upstreams = new HashMap<>();
    plane.groups().forEach(group -> upstreams.put(group.settings().name(), group.status()));
    return new ProxyStatus(
        upstreams,
        backends.activeRequests(),
        plane.requests(),
        listeners.stream().mapToInt(Listener::connections).sum(),
        plane.accessLog().dropped());
  }

  private RequestHandler.Work handle(
      Client client,
      HttpRequest request,
      Materializer materializer,
      Consumer<HttpResponse> reply) {
    plane.started();
    Exchange exchange = new Exchange(plane, client, request, materializer, reply);
    exchange.start();
    return exchange;
  }

  private static CompletableFuture<Done> all(List<CompletableFuture<?>> stages) {
    return CompletableFuture.allOf(stages.toArray(CompletableFuture[]::new))
        .thenApply(done -> Done.getInstance());
  }

  private void awaitEmpty(
      CompletableFuture<Done> unbound, CompletableFuture<Done> drained, long deadline) {
    boolean empty = unbound.isDone() && listeners.stream().allMatch(Listener::isIdle);
    if (empty || System.nanoTime() - deadline > 0) {
      drained.complete(Done.getInstance());
      return;
    }
    CompletableFuture.delayedExecutor(DRAIN_POLL_MILLIS, TimeUnit.MILLISECONDS)
        .execute(() -> awaitEmpty(unbound, drained, deadline));
  }
}
