package dev.limpet.proxy.recording;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawRequestURI;
import dev.limpet.balancing.Backend;
import dev.limpet.model.live.Figures.Exemplar;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestRecord.Tunnel;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.route.Route;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.tracing.RequestMarks;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request as it goes. Its methods are called in the order in which things happen, all on the
 * loop of the client's connection. At the end the loop's meters hear of it, and, where somebody
 * wants to know, a record is made of it.
 */
public final class RequestRecording {

  private static final int SWITCHING_PROTOCOLS = 101;

  private final Recorder recorder;
  private final LoopMeters meters;
  private final String listener;
  private final String client;
  private final HttpRequest request;
  private final RequestMarks marks;
  private final long start = System.nanoTime();
  private final AttemptLog attempts = new AttemptLog(start);

  private @Nullable Route route;
  private String upstream = "";
  private AffinityOutcome affinity = AffinityOutcome.NONE;
  private @Nullable SessionRule rule;
  private @Nullable MoveCause moveCause;
  private long queueNanos;
  private long placementNanos;
  private @Nullable LongSupplier upload;
  private @Nullable LongSupplier compressed;
  private int status;
  private @Nullable Failure failure;
  private boolean logged;
  private boolean over;

  RequestRecording(
      Recorder recorder,
      LoopMeters meters,
      String listener,
      String client,
      HttpRequest request,
      RequestMarks marks) {
    this.recorder = recorder;
    this.meters = meters;
    this.listener = listener;
    this.client = client;
    this.request = request;
    this.marks = marks;
  }

  public void routed(Route found) {
    route = found;
  }

  public void goesTo(String upstreamName) {
    upstream = upstreamName;
  }

  /**
   * @param by what the session is known by
   */
  public void affinity(AffinityOutcome outcome, AffinityRule by) {
    affinity = outcome;
    rule = SessionRule.of(by);
  }

  /** The client's session cannot stay where it is, because of this. */
  public void leaves(MoveCause cause) {
    moveCause = cause;
  }

  /** The request had to wait for a server that was full. */
  public void queued(long nanos) {
    queueNanos += nanos;
    meters.upstream(upstream).queueWait.record(nanos);
  }

  /** The request had to wait for what the cluster knows of its client. */
  public void placed(long nanos) {
    placementNanos += nanos;
  }

  /** An attempt begins. */
  public void connecting(Backend server) {
    attempts.begin(server, meters.server(upstream, server), marks.newSpan());
  }

  /** The attempt's span; {@code ""} where the request is not recorded. */
  public String span() {
    return attempts.span();
  }

  /**
   * The attempt has a connection, and the request goes out.
   *
   * @param reused whether another request has used it before
   */
  public void connected(boolean reused) {
    attempts.connected(reused);
  }

  public void uploading(LongSupplier bytes) {
    upload = bytes;
  }

  /**
   * The server's response is compressed on its way.
   *
   * @param bytes that have gone out
   */
  public void compressing(LongSupplier bytes) {
    compressed = bytes;
  }

  /** The head of the server's response is here. */
  public void firstByte() {
    attempts.firstByte();
  }

  /** The server's response is here, whole. */
  public void answered(int code, long bodyBytes) {
    attempts.answered(code);
    attempts.transferred(0, bodyBytes);
    attempts.complete(false);
  }

  /** The server's response has begun; what follows is a stream, or a tunnel. */
  public void answering(int code) {
    attempts.answered(code);
  }

  /** The attempt has failed. */
  public void attemptFailed(Failure cause) {
    attempts.failed(cause);
  }

  /** The request is sent once more, because of this. */
  public void retried(Failure cause) {
    meters.upstream(upstream).retries.increment(cause);
  }

  /** Another server is asked, for this one's answer was a refusal. */
  public void retriedForStatus() {
    meters.upstream(upstream).retriesForStatus.increment();
  }

  /** The response is that of an earlier attempt, since no later one had a better answer. */
  public void answeredBefore(Backend server) {
    attempts.choose(server);
  }

  public void failed(Failure cause) {
    failure = cause;
  }

  /** The response goes out: the end, unless its body is a stream. */
  public void replied(HttpResponse response) {
    status = response.status().intValue();
    if (response.entity().isStrict()) {
      boolean headOnly = request.method().equals(HttpMethods.HEAD);
      finish(headOnly ? 0 : response.entity().getContentLengthOption().orElse(0), Tunnel.NONE);
    }
  }

  /**
   * The stream has ended.
   *
   * @param bytes that the client's connection has taken
   * @param cause null where the body is whole
   */
  public void bodyEnded(long bytes, @Nullable Failure cause) {
    attempts.transferred(0, bytes);
    if (cause == null) {
      attempts.complete(true);
    } else {
      failure = cause;
      attempts.failed(cause);
    }
    finish(compressed == null ? bytes : compressed.getAsLong(), Tunnel.NONE);
  }

  /** The client has gone before the response. */
  public void abandoned() {
    failure = Failure.CLIENT_GONE;
    status = failure.status();
    finish(0, Tunnel.NONE);
  }

  /** The server has agreed to another protocol, and the client's connection becomes a tunnel. */
  public TunnelRecording upgraded() {
    status = SWITCHING_PROTOCOLS;
    finish(0, Tunnel.OPENED);
    return new TunnelRecording(
        meters.upstream(upstream),
        meters.route(route, listener, upstream),
        attempts.meter(),
        logged ? this : null);
  }

  /** The end of that gives a second record. */
  void tunnelEnded(long bytesFromClient, long bytesToClient) {
    tell(bytesFromClient, bytesToClient, System.nanoTime() - start, Tunnel.CLOSED);
  }

  private void finish(long responseBytes, Tunnel tunnel) {
    if (over) {
      return;
    }
    over = true;
    long requestBytes = requestBytes();
    long nanos = System.nanoTime() - start;
    RouteMeter meter = meters.route(route, listener, upstream);
    meter.answered(request.method(), status);
    if (requestBytes != 0) {
      meter.requestBytes.add(requestBytes);
      attempts.transferred(requestBytes, 0);
    }
    meter.responseBytes.add(responseBytes);
    if (tunnel == Tunnel.NONE) {
      meter.duration.record(nanos);
      if (marks.isRecorded()) {
        meter.show(new Exemplar(marks.traceId(), nanos, System.currentTimeMillis()));
      }
    }
    if (!upstream.isEmpty()) {
      meters.upstream(upstream).sessions(affinity, rule, moveCause);
    }
    logged = recorder.logs(status >= 500 || failure == Failure.CLIENT_GONE || isCut());
    tell(requestBytes, responseBytes, nanos, tunnel);
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

  private void tell(long requestBytes, long responseBytes, long nanos, Tunnel tunnel) {
    if (logged || recorder.isWatched(marks.isRecorded())) {
      recorder.tell(record(requestBytes, responseBytes, nanos, tunnel), logged);
    }
  }

  private RequestRecord record(long requestBytes, long responseBytes, long nanos, Tunnel tunnel) {
    String target = null;
    String referer = null;
    String userAgent = null;
    String host = null;
    for (HttpHeader header : request.getHeaders()) {
      switch (header.lowercaseName()) {
        case "referer" -> referer = Texts.shortened(header.value());
        case "user-agent" -> userAgent = Texts.shortened(header.value());
        case "host" -> host = Texts.shortened(header.value());
        default -> {
          if (header instanceof RawRequestURI raw) {
            target = Texts.shortened(raw.uri());
          }
        }
      }
    }
    return new RequestRecord(
        System.currentTimeMillis() - nanos / 1_000_000,
        marks.id(),
        marks.recorded(),
        listener,
        client,
        request.method().name(),
        target == null ? request.getUri().getPathString() : target,
        host,
        referer,
        userAgent,
        request.protocol().value(),
        status,
        requestBytes,
        responseBytes,
        route == null ? "" : route.name(),
        upstream,
        affinity.word(),
        nanos,
        queueNanos,
        placementNanos,
        attempts.all(),
        failure == null ? null : failure.name(),
        tunnel);
  }
}
