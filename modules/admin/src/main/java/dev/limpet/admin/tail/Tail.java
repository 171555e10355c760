package dev.limpet.admin.tail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.limpet.admin.peers.Letter;
import dev.limpet.admin.peers.PeerJson;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.peers.Topic;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of all nodes for those who watch them, here. It wants none of this node's while
 * nobody does. Used on one thread, but for what event loops call.
 */
final class Tail implements RequestSink {

  private static final Logger LOG = LoggerFactory.getLogger(Tail.class);

  private static final long EVERY_MILLIS = 250;
  private static final int TIMES_A_SECOND = 4;

  /** Other nodes are asked again after so many times. */
  private static final int TIMES_UNTIL_ASKED = 2 * TIMES_A_SECOND;

  /** A node that was asked tells for so long. */
  private static final Duration SUBSCRIBED = Duration.ofSeconds(6);

  /** Readers of other nodes that it tells at one time. */
  private static final int MOST_REMOTE = 256;

  private static final JsonMapper JSON = PeerJson.mapper();

  /** Asks another node for requests that one of the sender's readers wants to see. */
  record Subscription(long reader, TailFilter filter, boolean ends) {

    Subscription {
      filter = filter == null ? TailFilter.ALL : filter;
    }
  }

  /** Some requests for a reader of the addressee's. */
  record Batch(long reader, List<TailView> requests, long skipped) {

    Batch {
      requests = requests == null ? List.of() : List.copyOf(requests);
    }
  }

  /** A reader of a stream here. */
  interface Reader {

    void take(TailView request);

    void skipped(long count);

    /** How many events it has missed since this was asked last. */
    long missed();
  }

  private record Remote(long uid, long reader) {}

  private record Local(Watch watch, TailFilter filter, Reader out, LongPredicate from) {}

  private final ScheduledExecutorService thread;
  private final Post post;
  private final String node;

  /** Those that event loops ask. */
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  private final Map<Long, Local> readers = new HashMap<>();
  private final Map<Remote, Watch> remotes = new HashMap<>();
  private @Nullable ScheduledFuture<?> ticking;
  private long lastReader;
  private int times;

  /**
   * @param node this one's name
   */
  Tail(ScheduledExecutorService thread, Post post, String node) {
    this.thread = thread;
    this.post = post;
    this.node = node;
    post.on(Topic.WATCH_REQUESTS, this::onSubscription);
    post.on(Topic.REQUESTS, this::onBatch);
  }

  @Override
  public boolean wants(boolean traced) {
    return !watches.isEmpty();
  }

  @Override
  public void take(RequestRecord request) {
    for (Watch watch : watches) {
      if (watch.takes(request)) {
        thread.execute(() -> watch.add(TailView.of(node, request)));
      }
    }
  }

  /**
   * Begins to show requests.
   *
   * @param here whether those of this node are wanted
   * @param from whether those of another one are, by its uid
   * @return what {@link #end} takes
   */
  long begin(TailFilter filter, boolean here, LongPredicate from, Reader out) {
    long number = ++lastReader;
    Watch watch = new Watch(filter, Long.MAX_VALUE);
    Local reader = new Local(watch, filter, out, from);
    readers.put(number, reader);
    if (here) {
      watches.add(watch);
    }
    subscribe(number, reader, false);
    tickFromNowOn();
    return number;
  }

  void end(long number) {
    Local reader = readers.remove(number);
    if (reader != null) {
      watches.remove(reader.watch);
      subscribe(number, reader, true);
    }
  }

  private void subscribe(long number, Local reader, boolean ends) {
    Letter letter =
        Letter.of(Topic.WATCH_REQUESTS, bytes(new Subscription(number, reader.filter, ends)));
    post.peers().stream()
        .filter(peer -> reader.from.test(peer.uid()))
        .forEach(peer -> post.send(peer.uid(), letter));
  }

  private void onSubscription(long from, byte[] text) throws IOException {
    Subscription subscription = JSON.readValue(text, Subscription.class);
    Remote remote = new Remote(from, subscription.reader);
    Watch known = remotes.get(remote);
    long until = System.nanoTime() + SUBSCRIBED.toNanos();
    if (subscription.ends) {
      forget(remote);
    } else if (known != null) {
      known.until(until);
    } else if (remotes.size() < MOST_REMOTE) {
      Watch watch = new Watch(subscription.filter, until);
      remotes.put(remote, watch);
      watches.add(watch);
      tickFromNowOn();
    }
  }

  private void forget(Remote remote) {
    Watch watch = remotes.remove(remote);
    if (watch != null) {
      watches.remove(watch);
    }
  }

  private void onBatch(long from, byte[] text) throws IOException {
    Batch batch = JSON.readValue(text, Batch.class);
    Local reader = readers.get(batch.reader);
    if (reader != null && reader.from.test(from)) {
      reader.watch.skip(batch.skipped);
      for (TailView request : batch.requests) {
        if (reader.watch.hasRoom()) {
          reader.out.take(request);
        }
      }
    }
  }

  private void tickFromNowOn() {
    if (ticking == null) {
      ticking =
          thread.scheduleAtFixedRate(this::tick, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tick() {
    try {
      times++;
      boolean second = times % TIMES_A_SECOND == 0;
      readers.values().forEach(reader -> tell(reader, second));
      if (times % TIMES_UNTIL_ASKED == 0) {
        readers.forEach((number, reader) -> subscribe(number, reader, false));
      }
      long now = System.nanoTime();
      remotes.entrySet().stream()
          .filter(entry -> entry.getValue().isOver(now))
          .map(Map.Entry::getKey)
          .toList()
          .forEach(this::forget);
      remotes.forEach((remote, watch) -> tell(remote, watch, second));
      if (readers.isEmpty() && remotes.isEmpty() && ticking != null) {
        ticking.cancel(false);
        ticking = null;
      }
    } catch (RuntimeException e) {
      LOG.error("requests cannot be shown", e);
    }
  }

  private static void tell(Local reader, boolean second) {
    reader.watch.drain().forEach(reader.out::take);
    if (second) {
      long skipped = reader.watch.nextSecond() + reader.out.missed();
      if (skipped > 0) {
        reader.out.skipped(skipped);
      }
    }
  }

  private void tell(Remote remote, Watch watch, boolean second) {
    List<TailView> requests = watch.drain();
    long skipped = second ? watch.nextSecond() : 0;
    if (!requests.isEmpty() || skipped > 0) {
      post.send(
          remote.uid,
          Letter.of(Topic.REQUESTS, bytes(new Batch(remote.reader, requests, skipped))));
    }
  }

  static String json(TailView request) {
    try {
      return JSON.writeValueAsString(request);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record is plain data", e);
    }
  }

  private static byte[] bytes(Object message) {
    try {
      return JSON.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a message is plain data", e);
    }
  }
}
