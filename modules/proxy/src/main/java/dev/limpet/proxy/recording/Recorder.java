package dev.limpet.proxy.recording;

import akka.http.javadsl.model.HttpRequest;
import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.VirtualHost;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.tracing.RequestMarks;
import dev.limpet.transport.loop.Loop;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What a node counts, times and tells of requests. Safe for threads. */
public final class Recorder {

  private final AccessLog log;
  private final List<LoopMeters> meters;
  private volatile List<RequestSink> sinks = List.of();

  public Recorder(int loops, AccessLog log) {
    this.log = log;
    this.meters = Stream.generate(LoopMeters::new).limit(loops).toList();
  }

  /**
   * A request has come.
   *
   * @param client the address of who sent it
   */
  public RequestRecording begin(
      Loop loop, String listener, String client, HttpRequest request, RequestMarks marks) {
    LoopMeters ofLoop = meters.get(loop.index());
    ofLoop.requests.increment();
    return new RequestRecording(this, ofLoop, listener, client, request, marks);
  }

  /** Who also hears of single requests. */
  public synchronized void observe(RequestSink sink) {
    sinks = Stream.concat(sinks.stream(), Stream.of(sink)).toList();
  }

  /** Requests that have come since the start. */
  public long requests() {
    return meters.stream().mapToLong(ofLoop -> ofLoop.requests.get()).sum();
  }

  /** Forgets what these settings do not have any more: names in figures are those of settings. */
  public void keep(Settings settings) {
    Set<RouteMeter.Key> routes = new HashSet<>();
    for (Settings.Listener listener : settings.listeners()) {
      for (VirtualHost host : settings.hosts()) {
        for (Route route : host.routes()) {
          upstreams(route)
              .forEach(name -> routes.add(new RouteMeter.Key(listener.name(), route.name(), name)));
        }
      }
    }
    Set<String> names = settings.upstreams().keySet();
    meters.forEach(ofLoop -> ofLoop.keep(routes, names));
  }

  /** {@code ""} for requests that are answered, or refused, before they go anywhere. */
  private static Stream<String> upstreams(Route route) {
    Stream<String> named =
        route.action() instanceof Action.Forward forward
            ? forward.upstreams().stream().map(Action.Share::upstream)
            : Stream.of();
    return Stream.concat(named, Stream.of(""));
  }

  /**
   * What has been counted and timed since the start.
   *
   * @param active requests and tunnels under way at each server; others are forgotten
   * @param queued requests that wait, by upstream
   */
  public Figures figures(
      Map<ServerId, Integer> active,
      Map<String, Integer> queued,
      List<Figures.OfListener> listeners,
      Distribution loopLag) {
    meters.forEach(ofLoop -> ofLoop.keepServers(active.keySet()));
    return new MeterReading(meters).figures(active, queued, listeners, loopLag);
  }

  boolean logs(boolean failed) {
    return log.takes(failed);
  }

  boolean isWatched(boolean traced) {
    for (RequestSink sink : sinks) {
      if (sink.wants(traced)) {
        return true;
      }
    }
    return false;
  }

  void tell(RequestRecord request, boolean logged) {
    if (logged) {
      log.add(request);
    }
    for (RequestSink sink : sinks) {
      if (sink.wants(request.trace() != null)) {
        sink.take(request);
      }
    }
  }
}
