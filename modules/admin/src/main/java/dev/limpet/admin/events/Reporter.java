package dev.limpet.admin.events;

import dev.limpet.admin.peers.Letter;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.peers.Topic;
import dev.limpet.model.live.Event;
import dev.limpet.model.state.PeerLink;
import java.util.List;
import java.util.function.LongSupplier;

/** Puts down what this node notices, and tells the others what only it can know. */
final class Reporter {

  /** Nodes' times differ by milliseconds. */
  private static final long AHEAD_MILLIS = 60_000;

  private final String node;
  private final LongSupplier millis;
  private final EventLog log;
  private final Post post;

  /**
   * @param node this one's name
   * @param millis the cluster's time
   */
  Reporter(String node, LongSupplier millis, EventLog log, Post post) {
    this.node = node;
    this.millis = millis;
    this.log = log;
    this.post = post;
    post.on(
        Topic.EVENTS,
        (from, text) -> EventJson.read(text, millis.getAsLong() + AHEAD_MILLIS).forEach(log::add));
    post.on(
        Topic.ASK_EVENTS,
        (from, text) -> {
          List<Event> known = log.newestFirst();
          post.send(from, Letter.of(Topic.EVENTS, EventJson.bytes(known)));
        });
  }

  /** Something that all nodes notice by themselves. */
  void noticed(Event.Severity severity, String kind, String subject, String text) {
    log.add(new Event(millis.getAsLong(), node, severity, kind, subject, text));
  }

  /** Something that has happened at this node. */
  void happened(Event.Severity severity, String kind, String text) {
    happened(severity, kind, node, text);
  }

  void happened(Event.Severity severity, String kind, String subject, String text) {
    Event event = new Event(millis.getAsLong(), node, severity, kind, subject, text);
    log.add(event);
    tell(List.of(event));
  }

  /** Tells the other nodes. */
  void tell(List<Event> events) {
    Letter letter = Letter.of(Topic.EVENTS, EventJson.bytes(events));
    for (PeerLink.Member peer : post.peers()) {
      post.send(peer.uid(), letter);
    }
  }
}
