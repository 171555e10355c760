package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import dev.limpet.admin.events.EventSources;
import dev.limpet.admin.events.Events;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.EventStreams;
import dev.limpet.admin.live.LiveApi;
import dev.limpet.admin.live.Surroundings;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.tail.TailApi;
import dev.limpet.cluster.link.Link;
import dev.limpet.model.live.RequestSink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/** What is there for those who watch: figures, events, and streams. It has a thread of its own. */
final class Watching {

  private final EventStreams streams = new EventStreams();
  private final Post post;
  private final LiveApi live;
  private final Events events;
  private final TailApi tail;

  Watching(ActorSystem<?> system, Surroundings node, EventSources sources) {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("limpet-admin-live").factory(),
            // At the end, nobody watches.
            new ThreadPoolExecutor.DiscardPolicy());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.setRemoveOnCancelPolicy(true);
    system.getWhenTerminated().whenComplete((done, failure) -> thread.shutdownNow());
    post = new Post(node.cluster().link(Link.Kind.LIVE), thread);
    events = new Events(thread, post, sources, node.cluster());
    tail = new TailApi(thread, post, streams, node.name(), node.cluster());
    live = new LiveApi(thread, post, streams, node, events.log());
  }

  List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>(live.endpoints());
    all.add(events.endpoint());
    all.add(tail.endpoint());
    return all;
  }

  /** Is to hear of this node's requests. */
  RequestSink requests() {
    return tail.sink();
  }

  /** Messages of other nodes that could not be read, or not be kept, since the start. */
  long refused() {
    return post.refused();
  }

  Events events() {
    return events;
  }

  /** Has all who read streams come again. */
  void endStreams() {
    streams.endAll();
  }
}
