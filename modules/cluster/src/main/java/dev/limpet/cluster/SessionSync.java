package dev.limpet.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Fetches the whole session table from the other nodes before this one takes traffic. */
final class SessionSync {

  /** Buckets asked for at one time: enough to keep the peers busy, few enough not to drown them. */
  private static final int WINDOW = 64;

  private final SharedSessions sessions;
  private final AtomicInteger next = new AtomicInteger();

  private SessionSync(SharedSessions sessions) {
    this.sessions = sessions;
  }

  /** Completes when every bucket has been read from all nodes that answer. */
  static CompletionStage<Void> run(SharedSessions sessions) {
    SessionSync sync = new SessionSync(sessions);
    CompletableFuture<?>[] lanes = new CompletableFuture<?>[WINDOW];
    for (int lane = 0; lane < WINDOW; lane++) {
      lanes[lane] = sync.fetchNext().toCompletableFuture();
    }
    return CompletableFuture.allOf(lanes);
  }

  private CompletionStage<Boolean> fetchNext() {
    int bucket = next.getAndIncrement();
    if (bucket >= Buckets.COUNT) {
      return CompletableFuture.completedFuture(true);
    }
    return sessions.fetchFromAll(bucket).thenCompose(fetched -> fetchNext());
  }
}
