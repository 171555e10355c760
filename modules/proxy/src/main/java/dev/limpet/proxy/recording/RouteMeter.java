package dev.limpet.proxy.recording;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import dev.limpet.model.live.Figures.Exemplar;
import dev.limpet.transport.meter.Counter;
import dev.limpet.transport.meter.Times;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one loop has counted and timed of the requests that took one route to one upstream. */
final class RouteMeter {

  /**
   * Whose requests they are; the names are those of the settings.
   *
   * @param route {@code ""} for those that found none
   * @param upstream {@code ""} where none was asked
   */
  record Key(String listener, String route, String upstream) {}

  /** Clients make up methods; theirs are all one. */
  static final String OTHER = "OTHER";

  private static final List<HttpMethod> METHODS =
      List.of(
          HttpMethods.GET,
          HttpMethods.POST,
          HttpMethods.HEAD,
          HttpMethods.PUT,
          HttpMethods.DELETE,
          HttpMethods.PATCH,
          HttpMethods.OPTIONS,
          HttpMethods.CONNECT,
          HttpMethods.TRACE);

  final Key key;
  final Counter requestBytes = new Counter();
  final Counter responseBytes = new Counter();
  final Times duration = new Times();

  /** By {@link #methods}; null where no such request has come. */
  private final @Nullable StatusCounts[] responses = new StatusCounts[METHODS.size() + 1];

  private volatile @Nullable Exemplar exemplar;

  RouteMeter(Key key) {
    this.key = key;
  }

  boolean isFor(String listener, String upstream) {
    return key.listener.equals(listener) && key.upstream.equals(upstream);
  }

  void answered(HttpMethod method, int status) {
    int known = METHODS.indexOf(method);
    int index = known < 0 ? METHODS.size() : known;
    StatusCounts counts = responses[index];
    if (counts == null) {
      counts = new StatusCounts();
      responses[index] = counts;
    }
    counts.increment(status);
  }

  void show(Exemplar newest) {
    exemplar = newest;
  }

  @Nullable Exemplar exemplar() {
    return exemplar;
  }

  /** The names of the methods, {@link #OTHER} last. */
  static List<String> methods() {
    return Stream.concat(METHODS.stream().map(HttpMethod::value), Stream.of(OTHER)).toList();
  }

  /** Null where none has come. */
  @Nullable StatusCounts responses(int method) {
    return responses[method];
  }
}
