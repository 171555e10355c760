package dev.limpet.admin.http;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.CacheControl;
import akka.http.javadsl.model.headers.CacheDirectives;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.BoundedSourceQueue;
import akka.stream.QueueOfferResult;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Answers that go on: server-sent events (WHATWG HTML, 9.2). There are only so many at one time, so
 * that they leave connections to others; a reader that is slow misses events, and the node keeps
 * none for it but a few. Safe for threads.
 */
public final class EventStreams {

  /** At one time. */
  public static final int MOST = 128;

  /** Of these, from one address: half of the connections that it may have. */
  public static final int MOST_OF_ONE_ADDRESS = 32;

  /** Proxies close what is silent, after 30 s or 60 s. */
  private static final Duration QUIET = Duration.ofSeconds(15);

  /** Readers that lose the connection come again after this time. */
  private static final ByteString BEGINNING = ByteString.fromString("retry: 1000\n\n");

  private static final ByteString COMMENT = ByteString.fromString(":\n\n");

  /** A reader's end of a stream. */
  public static final class Reader {

    private final BoundedSourceQueue<ByteString> queue;
    private final AtomicLong missed = new AtomicLong();

    private Reader(BoundedSourceQueue<ByteString> queue) {
      this.queue = queue;
    }

    /** Sends an event, unless as many wait already as may. */
    public void send(ByteString event) {
      send(event, Integer.MAX_VALUE);
    }

    /**
     * Sends an event that is worth less than others.
     *
     * @param most how many may wait before it
     */
    public void send(ByteString event, int most) {
      if (queue.size() >= most || queue.offer(event).equals(QueueOfferResult.dropped())) {
        missed.incrementAndGet();
      }
    }

    /** How many events it did not get since this was asked last. */
    public long missed() {
      return missed.getAndSet(0);
    }

    public void end() {
      queue.complete();
    }
  }

  private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> byAddress = new HashMap<>();
  private int count;

  /** An event as it is sent. */
  public static ByteString event(String name, String json) {
    return ByteString.fromString("event: " + name + "\ndata: " + json + "\n\n");
  }

  /**
   * Answers with a stream.
   *
   * @param waiting how many events may wait for the reader
   * @param begun hears of the reader when there is one
   * @param ended hears of it when it is gone
   * @throws Problem where there are too many
   */
  public HttpResponse answer(
      Call call, int waiting, Consumer<Reader> begun, Consumer<Reader> ended) {
    String address = call.caller().address();
    refuseTooMany(address);
    Source<ByteString, NotUsed> events =
        Source.<ByteString>queue(waiting)
            .watchTermination(
                (queue, end) -> {
                  Reader reader = new Reader(queue);
                  enter(reader, address);
                  begun.accept(reader);
                  end.whenComplete(
                      (done, failure) -> {
                        leave(reader, address);
                        ended.accept(reader);
                      });
                  return NotUsed.getInstance();
                })
            .keepAlive(QUIET, () -> COMMENT)
            .prepend(Source.single(BEGINNING));
    HttpResponse response =
        HttpResponse.create()
            .addHeaders(
                List.of(
                    CacheControl.create(CacheDirectives.NO_STORE),
                    RawHeader.create("X-Accel-Buffering", "no")));
    // Nobody would read it.
    return call.request().method().equals(HttpMethods.HEAD)
        ? response
        : response.withEntity(
            HttpEntities.createChunked(MediaTypes.TEXT_EVENT_STREAM.toContentType(), events));
  }

  private synchronized void refuseTooMany(String address) {
    boolean ofAddress = byAddress.getOrDefault(address, 0) >= MOST_OF_ONE_ADDRESS;
    if (count >= MOST || ofAddress) {
      throw new Problem(
          StatusCodes.TOO_MANY_REQUESTS,
          "there are %d streams already%s"
              .formatted(
                  ofAddress ? MOST_OF_ONE_ADDRESS : MOST, ofAddress ? " to " + address : ""));
    }
  }

  private synchronized void enter(Reader reader, String address) {
    readers.add(reader);
    count++;
    byAddress.merge(address, 1, Integer::sum);
  }

  private synchronized void leave(Reader reader, String address) {
    readers.remove(reader);
    count--;
    byAddress.computeIfPresent(address, (key, streams) -> streams > 1 ? streams - 1 : null);
  }

  /** Ends all; readers come again, to another node if this one is about to go. */
  public void endAll() {
    readers.forEach(Reader::end);
  }
}
