package dev.limpet.admin.tail;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.EventStreams;
import dev.limpet.admin.http.Problem;
import dev.limpet.admin.peers.Post;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.state.ClusterState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/** {@code GET /api/v1/requests/stream}: requests of all nodes, as they come to their end. */
public final class TailApi {

  /** Events that may wait for a reader: those of two seconds. */
  private static final int WAITING = 2 * Watch.MOST;

  private final ScheduledExecutorService thread;
  private final Post post;
  private final EventStreams streams;
  private final String node;
  private final ClusterState cluster;
  private final Tail tail;

  /** By the reader of the stream; used on the thread. */
  private final Map<EventStreams.Reader, Long> numbers = new HashMap<>();

  /**
   * @param node this one's name
   */
  public TailApi(
      ScheduledExecutorService thread,
      Post post,
      EventStreams streams,
      String node,
      ClusterState cluster) {
    this.thread = thread;
    this.post = post;
    this.streams = streams;
    this.node = node;
    this.cluster = cluster;
    this.tail = new Tail(thread, post, node);
  }

  /** Is to hear of this node's requests. */
  public RequestSink sink() {
    return tail;
  }

  public Endpoint endpoint() {
    return new Endpoint(
        HttpMethods.GET,
        "/api/v1/requests/stream",
        Access.READ,
        Set.of("status", "server", "upstream", "min", "node"),
        call -> CompletableFuture.completedFuture(stream(call)));
  }

  private HttpResponse stream(Call call) {
    TailFilter filter = filter(call);
    String only = call.parameter("node").orElse("");
    return streams.answer(
        call,
        WAITING,
        reader -> thread.execute(() -> begin(reader, filter, only)),
        reader -> thread.execute(() -> end(reader)));
  }

  private static TailFilter filter(Call call) {
    String min = call.parameter("min").orElse("0");
    try {
      return new TailFilter(
          call.parameter("status").orElse(""),
          call.parameter("server").orElse(""),
          call.parameter("upstream").orElse(""),
          Double.parseDouble(min));
    } catch (NumberFormatException e) {
      throw new Problem(
          StatusCodes.BAD_REQUEST, "min is in seconds, such as 0.5, not \"%s\"".formatted(min));
    } catch (IllegalArgumentException e) {
      throw new Problem(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private void begin(EventStreams.Reader reader, TailFilter filter, String only) {
    numbers.put(
        reader,
        tail.begin(
            filter,
            only.isEmpty() || only.equals(node),
            uid -> only.isEmpty() || isNamed(uid, only),
            new Tail.Reader() {
              @Override
              public void take(TailView request) {
                reader.send(EventStreams.event("request", Tail.json(request)));
              }

              @Override
              public void skipped(long count) {
                reader.send(EventStreams.event("skipped", "{\"skipped\":" + count + "}"));
              }

              @Override
              public long missed() {
                return reader.missed();
              }
            }));
  }

  private void end(EventStreams.Reader reader) {
    Long number = numbers.remove(reader);
    if (number != null) {
      tail.end(number);
    }
  }

  private boolean isNamed(long uid, String name) {
    return post.peers().stream()
        .filter(peer -> peer.uid() == uid)
        .anyMatch(
            peer ->
                cluster.snapshot().nodes().stream()
                    .anyMatch(
                        member ->
                            member.name().equals(name) && member.address().equals(peer.address())));
  }
}
