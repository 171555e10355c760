package dev.limpet.admin;

import akka.actor.typed.ActorSystem;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.EventStreams;
import dev.limpet.admin.live.LiveApi;
import dev.limpet.admin.live.Surroundings;
import dev.limpet.admin.peers.Post;
import dev.limpet.cluster.link.Link;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * What goes on while somebody watches: figures, and streams of them. It has a thread of its own.
 */
final class Watching {

  private final EventStreams streams = new EventStreams();
  private final LiveApi live;

  Watching(ActorSystem<?> system, Surroundings node) {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("limpet-admin-live").factory(),
            // At the end, nobody watches.
            new ThreadPoolExecutor.DiscardPolicy());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.setRemoveOnCancelPolicy(true);
    system.getWhenTerminated().whenComplete((done, failure) -> thread.shutdownNow());
    Post post = new Post(node.cluster().link(Link.Kind.LIVE), thread);
    live = new LiveApi(thread, post, streams, node);
  }

  List<Endpoint> endpoints() {
    return live.endpoints();
  }

  /** Has all who read streams come again. */
  void endStreams() {
    streams.endAll();
  }
}
