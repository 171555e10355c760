package dev.limpet.transport.meter;

import dev.limpet.model.live.Figures;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts of one listener's connections, since its start. Safe for threads. */
public final class ConnectionMeter {

  private record Handshake(String version, String result) {}

  private final LongAdder accepted = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder http2 = new LongAdder();
  private final LongAdder streams = new LongAdder();
  private final LongAdder unreadable = new LongAdder();
  private final Map<Handshake, LongAdder> handshakes = new ConcurrentHashMap<>();

  public void accepted() {
    accepted.increment();
  }

  /** A connection is ended before it could send a request. */
  public void dropped() {
    dropped.increment();
  }

  public void http2Began() {
    http2.increment();
  }

  public void http2Ended() {
    http2.decrement();
  }

  /** A request has come over HTTP/2. */
  public void streamBegan() {
    streams.increment();
  }

  /** A client has sent something that is no request. */
  public void unreadable() {
    unreadable.increment();
  }

  /**
   * @param version such as {@code TLSv1.3}
   */
  public void handshake(String version, boolean resumed) {
    count(version, resumed ? "resumed" : "full");
  }

  public void handshakeFailed() {
    count("", "failed");
  }

  private void count(String version, String result) {
    handshakes.computeIfAbsent(new Handshake(version, result), any -> new LongAdder()).increment();
  }

  /**
   * @param active connections of now
   */
  public Figures.OfListener figures(String listener, int active) {
    return new Figures.OfListener(
        listener,
        accepted.sum(),
        active,
        dropped.sum(),
        http2.intValue(),
        streams.sum(),
        unreadable.sum(),
        handshakes.entrySet().stream()
            .map(
                entry ->
                    new Figures.Handshakes(
                        entry.getKey().version(), entry.getKey().result(), entry.getValue().sum()))
            .sorted(
                Comparator.comparing(Figures.Handshakes::version)
                    .thenComparing(Figures.Handshakes::result))
            .toList());
  }
}
