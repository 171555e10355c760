package dev.limpet.kubernetes;

import dev.limpet.model.state.ServerSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The servers of one upstream: lists its EndpointSlices, and then hears of their changes. A virtual
 * thread of its own waits for the API server. Safe for threads.
 */
final class SliceSource implements ServerSource {

  /** Changes that come together are one answer. */
  private static final Duration AGAIN = Duration.ofMillis(200);

  /** A watch that has lasted for so long was a good one. */
  private static final Duration GOOD_WATCH = Duration.ofSeconds(10);

  private final ApiClient api;
  private final SliceQuery query;
  private final PortChoice port;
  private final Backoff backoff;

  /** Of the thread's. */
  private final SliceSet slices = new SliceSet();

  /** Of all slices; empty where they have to be listed. Of the thread's. */
  private String version = "";

  private @Nullable Thread thread;
  private boolean closed;
  private @Nullable Answer told;
  private @Nullable Answer news;
  private @Nullable CompletableFuture<Answer> waiting;

  SliceSource(ApiClient api, SliceQuery query, PortChoice port, Pace pace) {
    this.api = api;
    this.query = query;
    this.port = port;
    this.backoff = new Backoff(pace.firstPause(), pace.longestPause(), new SplittableRandom());
  }

  @Override
  public synchronized CompletionStage<Answer> ask() {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("limpet-kubernetes").start(this::follow);
    }
    Answer answer = news;
    if (answer != null) {
      news = null;
      return CompletableFuture.completedFuture(answer);
    }
    CompletableFuture<Answer> next = new CompletableFuture<>();
    waiting = next;
    return next;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void follow() {
    while (!isClosed()) {
      Duration least = Duration.ZERO;
      try {
        if (version.isEmpty()) {
          list();
        }
        watch();
      } catch (InterruptedException e) {
        return;
      } catch (EventStream.Broken e) {
        // The next watch goes on where this one has ended.
      } catch (ApiFailure e) {
        version = e.needsList() ? "" : version;
        least = e.pause();
        if (!e.isGone()) {
          tell(Optional.empty(), lastCounts(e));
        }
      } catch (IOException e) {
        tell(Optional.empty(), lastCounts(e));
      } catch (RuntimeException e) {
        // A fault of this program's, which a new list may not meet.
        version = "";
        tell(Optional.empty(), lastCounts(new ApiFailure("its answer cannot be used: " + e)));
      }
      pause(least);
    }
  }

  private static String lastCounts(IOException failure) {
    return Words.of(failure) + "; what Kubernetes said last counts";
  }

  private void list() throws IOException, InterruptedException {
    ApiClient.SliceList list = api.list(query);
    slices.replace(list.slices());
    version = list.version();
    tell();
  }

  private void watch() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (EventStream events = api.watch(query, version)) {
      tell();
      for (EventStream.Event event = events.next(); event != null; event = events.next()) {
        take(event);
        backoff.reset();
      }
    }
    if (System.nanoTime() - start > GOOD_WATCH.toNanos()) {
      backoff.reset();
    }
  }

  private void take(EventStream.Event event) throws ApiFailure {
    switch (event) {
      case EventStream.Put put -> slices.put(put.slice());
      case EventStream.Removed removed -> slices.remove(removed.slice());
      case EventStream.Bookmark _ -> {}
    }
    version = event.version();
    if (!(event instanceof EventStream.Bookmark)) {
      tell();
    }
  }

  private void pause(Duration least) {
    Duration pause = backoff.next();
    try {
      Thread.sleep(pause.compareTo(least) < 0 ? least : pause);
    } catch (InterruptedException e) {
      // Closed: nobody else interrupts.
      Thread.currentThread().interrupt();
    }
  }

  /** Tells what the slices add up to. */
  private void tell() {
    Optional<String> trouble = slices.trouble(port);
    tell(
        trouble.isEmpty() || slices.isEmpty()
            ? Optional.of(slices.servers(port))
            : Optional.empty(),
        trouble.map(words -> query.what() + ": " + words).orElse(""));
  }

  /** An answer that nobody has heard yet is replaced; what it said of servers is kept. */
  private synchronized void tell(Optional<List<FoundServer>> servers, String trouble) {
    Answer answer = new Answer(servers, trouble, AGAIN);
    if (answer.equals(told)) {
      return;
    }
    told = answer;
    Answer unheard = news;
    Answer next =
        servers.isEmpty() && unheard != null
            ? new Answer(unheard.servers(), trouble, AGAIN)
            : answer;
    CompletableFuture<Answer> asked = waiting;
    if (asked == null) {
      news = next;
    } else {
      waiting = null;
      asked.complete(next);
    }
  }
}
