package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.servers.Slot;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request to an upstream, whose way begins in {@link #start}. For the loop of the client's
 * connection.
 */
final class UpstreamRequest implements ServerSelection.Next, UpstreamAttempt.Next {

  /**
   * The wait before a server that has reset a new connection is asked again. A process that is
   * being killed loses its connections first and stops listening a moment later; after that a
   * connection is refused, and the request can go to another server.
   */
  private static final Duration RESET_PAUSE = Duration.ofMillis(20);

  private final RequestContext context;
  private final @Nullable Mirror mirror;
  private final ServerSelection selection;
  private final RetryPolicy retries;
  private final ResponseRelay responses;

  /** Null where the settings have none. */
  private final @Nullable RequestLimits limits;

  /** The last one. */
  private @Nullable UpstreamAttempt attempt;

  /** Passes on the answer of a server that another one was to give better, if none does. */
  private @Nullable Runnable refusal;

  /** Where the refusal comes from, until that server has done with the request. */
  private @Nullable Backend refusing;

  /**
   * @param mirror gets a copy
   */
  UpstreamRequest(RequestContext context, @Nullable Mirror mirror) {
    Settings.Upstream settings = context.upstream().settings();
    this.context = context;
    this.mirror = mirror;
    this.selection = new ServerSelection(context, this);
    this.retries = new RetryPolicy(context);
    this.limits =
        settings.maxRequests() == 0 && settings.timeouts().request().isZero()
            ? null
            : new RequestLimits(context, this::expire);
    this.responses = new ResponseRelay(context, selection, limits);
  }

  /**
   * The whole way of a request. Each step hands its result to the next one, at once or, where it
   * has to wait, later: the session says who the client is, the selection takes a slot where it
   * belongs ({@link #send}, or {@link #giveUp}), an attempt asks the server there ({@link #answer},
   * {@link #stream}, {@link #upgrade}, or {@link #repeat}), and the relay sends the response.
   */
  void start() {
    if (isAdmitted()) {
      context.session().recognize(selection::choose);
    }
  }

  private boolean isAdmitted() {
    Settings.Upstream settings = context.upstream().settings();
    int most = settings.maxRequests();
    if (limits != null && most > 0 && !limits.tryBegin(most)) {
      context.reply().fail(Failure.TOO_MANY_REQUESTS);
      return false;
    }
    if (context.outgoing().isTooLarge()) {
      failAtLast(Failure.BODY_TOO_LARGE);
      return false;
    }
    context.upstream().retryBudget().onRequest();
    context.reply().goesTo(context.upstream());
    Duration limit = settings.timeouts().request();
    if (limits != null && !limit.isZero()) {
      limits.startClock(limit);
    }
    return true;
  }

  @Override
  public void send(Slot slot, Addresses addresses) {
    UpstreamAttempt first = new UpstreamAttempt(context, mirror, slot, addresses, this);
    attempt = first;
    first.start(false);
  }

  @Override
  public boolean needsBody(HttpResponse head) {
    return context.session().needsBody(head) || isRefusal(head);
  }

  /**
   * A client that belongs to a server gets that server's answers, unless it may move for a better
   * one.
   */
  private boolean isRefusal(HttpResponse head) {
    return retries.isRefusal(head)
        && (context.session().placement() == null
            || context.upstream().settings().retries().moveSessions());
  }

  @Override
  public void answer(
      UpstreamAttempt from, HttpResponse head, ByteString body, HttpHeaders trailers) {
    if (isRefusal(head) && selection.hasOther(from.backend()) && retries.mayRepeatAnswered()) {
      keep(from, head, body, trailers);
    } else {
      responses.answer(from, head, body, trailers, !retries.isRefusal(head), null);
    }
  }

  /** It will do if no other server has a better one. */
  private void keep(
      UpstreamAttempt from, HttpResponse head, ByteString body, HttpHeaders trailers) {
    // As long as they name this server, and not the one that is asked next.
    List<HttpHeader> added = responses.addedHeaders();
    refusal =
        () -> {
          context.recording().answeredBefore(from.backend());
          responses.answer(from, head, body, trailers, false, added);
        };
    refusing = from.backend();
    context.recording().retriedForStatus();
    if (context.session().placement() != null) {
      selection.visitOthers();
    }
  }

  @Override
  public void stream(
      UpstreamAttempt from,
      HttpResponse head,
      Source<ByteString, NotUsed> body,
      Supplier<HttpHeaders> trailers) {
    responses.stream(from, head, body, trailers, !retries.isRefusal(head));
  }

  @Override
  public void upgrade(UpstreamAttempt from, HttpResponse head, TunnelEnd server) {
    responses.upgrade(from, head, server, !retries.isRefusal(head));
  }

  @Override
  public void released() {
    endIfOver();
    Backend left = refusing;
    refusing = null;
    if (left != null && !context.reply().isOver()) {
      goElsewhere(left, Failure.NO_SERVER);
    }
  }

  @Override
  public void repeat(UpstreamAttempt failed, Failure failure, boolean reused) {
    switch (retries.after(failure, reused)) {
      case ELSEWHERE -> {
        context.recording().retried(failure);
        context.reply().triedAgain(failure);
        failed.release();
        context.plane().cluster().reportUnreachable(failed.backend().id());
        goElsewhere(failed.backend(), failure);
      }
      // That a kept connection was closed says nothing against its server.
      case AT_ONCE -> {
        context.recording().retried(failure);
        attemptAnew(failed).start(true);
      }
      case AFTER_RESET -> {
        context.recording().retried(failure);
        context.reply().triedAgain(failure);
        repeatAfterReset(failed);
      }
      case NEVER -> {
        failed.release();
        giveUp(failure);
      }
    }
  }

  private void repeatAfterReset(UpstreamAttempt failed) {
    if (context.session().placement() == null && selection.hasOther(failed.backend())) {
      failed.release();
      selection.chooseOther(failed.backend(), Failure.RESET);
      return;
    }
    UpstreamAttempt again = attemptAnew(failed);
    context
        .loop()
        .schedule(
            () -> {
              if (!context.reply().isOver()) {
                again.start(true);
              }
            },
            RESET_PAUSE,
            context.broken());
  }

  /** In the same slot: the server may be well, and then keeps its client. */
  private UpstreamAttempt attemptAnew(UpstreamAttempt failed) {
    UpstreamAttempt again =
        new UpstreamAttempt(context, mirror, failed.slot(), failed.addresses(), this);
    attempt = again;
    return again;
  }

  /** With an answer in hand, nobody waits for a server, or asks one that is hardly up. */
  private void goElsewhere(Backend left, Failure failure) {
    if (refusal == null || selection.hasOther(left)) {
      selection.chooseOther(left, failure);
    } else {
      giveUp(failure);
    }
  }

  /** A server's refusal tells more than that nobody had a better answer. */
  @Override
  public void giveUp(Failure failure) {
    Runnable kept = refusal;
    refusal = null;
    if (kept == null) {
      failAtLast(failure);
    } else {
      kept.run();
    }
  }

  private void failAtLast(Failure failure) {
    if (limits != null && (attempt == null || !attempt.isConnected())) {
      limits.end();
    }
    context.reply().fail(failure);
  }

  boolean awaitsBody() {
    return attempt != null && attempt.awaitsBody();
  }

  /** Bytes of the request's body that have gone to a server. */
  long bodySent() {
    return attempt == null ? 0 : attempt.bodySent();
  }

  /** Breaks off a response that has begun. */
  void abandon(Failure cause) {
    if (attempt != null) {
      attempt.abandon(cause);
    }
  }

  /** Nobody wants the response any more: gives up whatever is held, whatever state it is in. */
  void stop() {
    refusing = null;
    selection.cancel();
    if (attempt != null) {
      attempt.drop();
    }
    endIfOver();
  }

  private void expire() {
    if (context.reply().isOver()) {
      abandon(Failure.REQUEST_TIMEOUT);
      return;
    }
    if (attempt != null) {
      attempt.expire(Failure.REQUEST_TIMEOUT);
    }
    stop();
    giveUp(Failure.REQUEST_TIMEOUT);
  }

  private void endIfOver() {
    if (limits != null && context.reply().isOver()) {
      limits.end();
    }
  }
}
