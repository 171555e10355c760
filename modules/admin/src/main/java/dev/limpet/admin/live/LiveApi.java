package dev.limpet.admin.live;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.limpet.admin.events.EventJson;
import dev.limpet.admin.events.EventLog;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.EventStreams;
import dev.limpet.admin.peers.Post;
import dev.limpet.model.live.Event;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/live}, and the same as a stream. */
public final class LiveApi {

  /** Frames wait for a reader only behind so many; older ones are worth nothing. */
  private static final int FRAMES = 2;

  /** Events that may wait for a reader. */
  private static final int WAITING = 64;

  private static final long WATCHED_SECONDS = 10;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ScheduledExecutorService thread;
  private final EventStreams streams;
  private final Hub hub;
  private final LiveViews views;
  private final Surroundings node;

  /** These are used on the thread. */
  private final Set<EventStreams.Reader> readers = new LinkedHashSet<>();

  private final List<CompletableFuture<String>> waiting = new ArrayList<>();
  private @Nullable String newest;

  /**
   * @param thread runs what is done for all who watch
   */
  public LiveApi(
      ScheduledExecutorService thread,
      Post post,
      EventStreams streams,
      Surroundings node,
      EventLog events) {
    this.thread = thread;
    this.streams = streams;
    this.node = node;
    ServerTimes times = new ServerTimes(node.cluster()::millis);
    node.cluster().subscribe(times);
    this.views = new LiveViews(node, times);
    this.hub =
        new Hub(
            thread,
            post,
            new Sampler(node.name(), node.figures(), node::facts),
            node.cluster()::snapshot,
            this::show);
    events.listen(event -> thread.execute(() -> show(event)));
    thread.scheduleWithFixedDelay(this::watch, WATCHED_SECONDS, WATCHED_SECONDS, TimeUnit.SECONDS);
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(HttpMethods.GET, "/api/v1/live", Access.READ, Set.of(), call -> now()),
        new Endpoint(HttpMethods.GET, "/api/v1/live/stream", Access.READ, Set.of(), this::stream));
  }

  private CompletionStage<HttpResponse> now() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    thread.execute(
        () -> {
          hub.watch();
          String known = newest;
          if (known != null && hub.isSettled()) {
            answer.complete(known);
          } else {
            waiting.add(answer);
          }
        });
    return answer.thenApply(
        json ->
            HttpResponse.create()
                .withEntity(
                    HttpEntities.create(
                        ContentTypes.APPLICATION_JSON, ByteString.fromString(json + "\n"))));
  }

  private CompletionStage<HttpResponse> stream(Call call) {
    return CompletableFuture.completedFuture(
        streams.answer(
            call,
            WAITING,
            reader -> thread.execute(() -> begin(reader)),
            reader -> thread.execute(() -> readers.remove(reader))));
  }

  private void begin(EventStreams.Reader reader) {
    readers.add(reader);
    hub.watch();
    String known = newest;
    if (known != null && hub.isSettled()) {
      reader.send(EventStreams.event("live", known));
    }
  }

  /** Streams watch for as long as they are there. */
  private void watch() {
    if (!readers.isEmpty()) {
      hub.watch();
    }
  }

  private void show(Reports reports) {
    String json;
    try {
      json = JSON.writeValueAsString(views.view(node.cluster().snapshot(), reports));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("figures are plain data", e);
    }
    newest = json;
    waiting.forEach(answer -> answer.complete(json));
    waiting.clear();
    if (!readers.isEmpty()) {
      ByteString event = EventStreams.event("live", json);
      readers.forEach(reader -> reader.send(event, FRAMES));
    }
  }

  private void show(Event event) {
    ByteString json = EventStreams.event("event", EventJson.write(event).toString());
    readers.forEach(reader -> reader.send(json));
  }
}
