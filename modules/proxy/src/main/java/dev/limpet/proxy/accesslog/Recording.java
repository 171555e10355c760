package dev.limpet.proxy.accesslog;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawRequestURI;
import dev.limpet.proxy.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a log that is on: collects what the request's line will say. Its only cost to the
 * request is to look at the clock.
 */
final class Recording implements Entry {

  /** So much of a text is logged: lines wait in memory, and clients choose their length. */
  private static final int MAX_TEXT = 4096;

  private static final int SWITCHING_PROTOCOLS = 101;

  private final QueuedLog log;
  private final String listener;
  private final String client;
  private final HttpRequest request;
  private final long epochMillis = System.currentTimeMillis();
  private final long start = System.nanoTime();

  private @Nullable String upstream;
  private @Nullable String server;
  private AffinityOutcome affinity = AffinityOutcome.NONE;
  private int attempts;
  private long queueNanos;
  private long connectFrom;
  private long connectNanos = -1;
  private long sentAt;
  private long firstByteNanos = -1;
  private @Nullable LongSupplier upload;
  private int status;
  private @Nullable Failure failure;
  private boolean chosen;
  private boolean over;

  Recording(QueuedLog log, String listener, String client, HttpRequest request) {
    this.log = log;
    this.listener = listener;
    this.client = client;
    this.request = request;
  }

  @Override
  public void routed(String upstream) {
    this.upstream = upstream;
  }

  @Override
  public void affinity(AffinityOutcome outcome) {
    affinity = outcome;
  }

  @Override
  public void queued(long nanos) {
    queueNanos += nanos;
  }

  @Override
  public void connecting(String server) {
    this.server = server;
    attempts++;
    connectNanos = -1;
    firstByteNanos = -1;
    connectFrom = System.nanoTime();
  }

  @Override
  public void connected() {
    sentAt = System.nanoTime();
    connectNanos = sentAt - connectFrom;
  }

  @Override
  public void uploading(LongSupplier bytes) {
    upload = bytes;
  }

  @Override
  public void firstByte() {
    firstByteNanos = System.nanoTime() - sentAt;
  }

  @Override
  public void answeredBefore(String server) {
    this.server = server;
  }

  @Override
  public void failed(Failure failure) {
    this.failure = failure;
  }

  @Override
  public void replied(HttpResponse response) {
    status = response.status().intValue();
    if (status == SWITCHING_PROTOCOLS) {
      finish(requestBytes(), 0, Line.Tunnel.OPENED);
    } else if (response.entity().isStrict()) {
      boolean headOnly = request.method().equals(HttpMethods.HEAD);
      long bytes = headOnly ? 0 : response.entity().getContentLengthOption().orElse(0);
      finish(requestBytes(), bytes, Line.Tunnel.NONE);
    }
  }

  @Override
  public void bodyEnded(long bytes, @Nullable Failure cause) {
    if (cause != null) {
      failure = cause;
    }
    finish(requestBytes(), bytes, Line.Tunnel.NONE);
  }

  @Override
  public void abandoned() {
    failure = Failure.CLIENT_GONE;
    status = failure.status();
    finish(requestBytes(), 0, Line.Tunnel.NONE);
  }

  @Override
  public void tunnelEnded(long bytesFromClient, long bytesToClient) {
    if (chosen) {
      log.add(line(bytesFromClient, bytesToClient, Line.Tunnel.CLOSED));
    }
  }

  private void finish(long requestBytes, long responseBytes, Line.Tunnel tunnel) {
    if (over) {
      return;
    }
    over = true;
    boolean failed = status >= 500 || failure == Failure.CLIENT_GONE || isCut();
    chosen = failed || log.samples();
    if (chosen) {
      log.add(line(requestBytes, responseBytes, tunnel));
    }
  }

  /** Whether the response broke off, which its status does not say. */
  private boolean isCut() {
    return failure != null && failure.status() != status;
  }

  private long requestBytes() {
    if (request.entity().isStrict()) {
      return request.entity().getContentLengthOption().orElse(0);
    }
    return upload == null ? 0 : upload.getAsLong();
  }

  private Line line(long requestBytes, long responseBytes, Line.Tunnel tunnel) {
    String target = null;
    String referer = null;
    String userAgent = null;
    String host = null;
    for (HttpHeader header : request.getHeaders()) {
      switch (header.lowercaseName()) {
        case "referer" -> referer = shortened(header.value());
        case "user-agent" -> userAgent = shortened(header.value());
        case "host" -> host = shortened(header.value());
        default -> {
          if (header instanceof RawRequestURI raw) {
            target = shortened(raw.uri());
          }
        }
      }
    }
    return new Line(
        epochMillis,
        listener,
        client,
        request.method().name(),
        target == null ? request.getUri().getPathString() : target,
        request.protocol().value(),
        status,
        requestBytes,
        responseBytes,
        referer,
        userAgent,
        host,
        upstream,
        server,
        attempts,
        affinity,
        System.nanoTime() - start,
        queueNanos,
        connectNanos,
        firstByteNanos,
        failure,
        tunnel);
  }

  private static String shortened(String text) {
    String cut = text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    for (int i = 0; i < cut.length(); i++) {
      if (cut.charAt(i) >= 0x80) {
        return decoded(cut);
      }
    }
    return cut;
  }

  /** HTTP/1 headers have one char for each byte. */
  private static String decoded(String text) {
    return text.chars().allMatch(c -> c < 0x100)
        ? new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
        : text;
  }
}
