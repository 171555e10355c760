package dev.limpet.admin.events;

import static dev.limpet.model.live.Event.Severity.ERROR;
import static dev.limpet.model.live.Event.Severity.INFO;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.admin.peers.Letter;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.peers.Topic;
import dev.limpet.model.live.Event;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.PeerLink;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The events of the cluster at this node, and {@code GET /api/v1/events}. */
public final class Events {

  private static final long LOOK_SECONDS = 5;

  /** So often a node that has started asks another one what has happened before. */
  private static final int QUESTIONS = 10;

  private final ScheduledExecutorService thread;
  private final Post post;
  private final EventSources node;
  private final EventLog log = new EventLog();
  private final Reporter reporter;
  private int questions;

  /**
   * @param thread looks for events, and takes those of other nodes
   */
  public Events(
      ScheduledExecutorService thread, Post post, EventSources node, ClusterState cluster) {
    this.thread = thread;
    this.post = post;
    this.node = node;
    this.reporter = new Reporter(node.name(), node.millis(), log, post);
    cluster.subscribe(new ClusterEvents(reporter, node.name()));
    NodeEvents own = new NodeEvents(node, reporter, log);
    thread.scheduleWithFixedDelay(own::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    node.changes().subscribe(overlay -> thread.execute(own::lookAtChanges));
    reporter.happened(INFO, "node-started", node.name() + " has started");
    thread.schedule(this::ask, 1, TimeUnit.SECONDS);
  }

  /** Answers may get lost: what comes twice is there once. */
  private void ask() {
    List<PeerLink.Member> peers = post.peers();
    if (!peers.isEmpty()) {
      if (questions == 0) {
        // When this node started, it could not reach them.
        reporter.tell(log.newestFirst().stream().filter(node::isOf).toList());
      }
      PeerLink.Member one = peers.get(ThreadLocalRandom.current().nextInt(peers.size()));
      post.send(one.uid(), Letter.of(Topic.ASK_EVENTS, new byte[0]));
      questions++;
    }
    if (questions < QUESTIONS) {
      thread.schedule(this::ask, 1L << Math.min(questions, 6), TimeUnit.SECONDS);
    }
  }

  public EventLog log() {
    return log;
  }

  /** The settings were read again, or have mistakes. */
  public void reloaded(List<String> mistakes, List<String> changes) {
    if (mistakes.isEmpty()) {
      reporter.happened(
          INFO,
          "settings-reloaded",
          "%s has read its settings again: %s"
              .formatted(node.name(), changes.isEmpty() ? "no changes" : inOne(changes)));
    } else {
      reporter.happened(
          ERROR,
          "settings-refused",
          "%s goes on with the settings as they were, for there are mistakes: %s"
              .formatted(node.name(), inOne(mistakes)));
    }
  }

  private static String inOne(List<String> lines) {
    return lines.getFirst()
        + (lines.size() == 1 ? "" : ", and %d more".formatted(lines.size() - 1));
  }

  /** The node is about to go. */
  public void stopping() {
    reporter.happened(INFO, "node-stopping", node.name() + " is stopping");
  }

  public Endpoint endpoint() {
    return new Endpoint(
        HttpMethods.GET,
        "/api/v1/events",
        Access.READ,
        Set.of("since", "kind", "severity"),
        call -> CompletableFuture.completedFuture(list(call)));
  }

  private HttpResponse list(Call call) {
    long since = call.parameter("since").map(Events::millis).orElse(0L);
    String kind = call.parameter("kind").orElse("");
    Event.Severity least = call.parameter("severity").map(Events::severity).orElse(INFO);
    List<Event> events =
        log.newestFirst().stream()
            .filter(event -> event.epochMillis() >= since)
            .filter(event -> kind.isEmpty() || event.kind().equals(kind))
            .filter(event -> event.severity().compareTo(least) >= 0)
            .toList();
    return JsonResponses.json(StatusCodes.OK, Map.of("events", EventJson.write(events)));
  }

  private static long millis(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "since is in milliseconds since 1970, such as 1764300000000, not \"%s\"".formatted(text));
    }
  }

  private static Event.Severity severity(String word) {
    return EventJson.severity(word)
        .orElseThrow(
            () ->
                new Problem(
                    StatusCodes.BAD_REQUEST,
                    "severity is info, warning or error, not \"%s\"".formatted(word)));
  }
}
