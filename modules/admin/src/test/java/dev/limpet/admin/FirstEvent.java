package dev.limpet.admin;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events up to the first one, and no further. */
final class FirstEvent implements HttpResponse.BodySubscriber<String> {

  private final CompletableFuture<String> body = new CompletableFuture<>();
  private final StringBuilder text = new StringBuilder();
  private Flow.@Nullable Subscription subscription;

  /** As a string where the answer is no stream. */
  static HttpResponse.BodySubscriber<String> orAll(HttpResponse.ResponseInfo info) {
    return info.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream")
        ? new FirstEvent()
        : HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
  }

  @Override
  public CompletionStage<String> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription to) {
    subscription = to;
    to.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    buffers.forEach(buffer -> text.append(StandardCharsets.UTF_8.decode(buffer)));
    int data = text.indexOf("data: ");
    if (data >= 0 && text.indexOf("\n\n", data) >= 0) {
      body.complete(text.toString());
      if (subscription != null) {
        subscription.cancel();
      }
    }
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    body.complete(text.toString());
  }
}
