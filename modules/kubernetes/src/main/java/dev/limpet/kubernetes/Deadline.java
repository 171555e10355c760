package dev.limpet.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Closes a stream when its time is over, so that whoever reads it is not held up for ever. */
final class Deadline implements AutoCloseable {

  private final CompletableFuture<Boolean> over = new CompletableFuture<>();

  private Deadline() {}

  static Deadline in(Duration time, InputStream stream) {
    Deadline deadline = new Deadline();
    deadline
        .over
        .completeOnTimeout(true, time.toMillis(), TimeUnit.MILLISECONDS)
        .thenAcceptAsync(
            isOver -> {
              if (isOver) {
                close(stream);
              }
            });
    return deadline;
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on the stream may take its time. */
  @Override
  public void close() {
    over.complete(false);
  }
}
