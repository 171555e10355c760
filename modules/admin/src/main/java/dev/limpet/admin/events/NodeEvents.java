package dev.limpet.admin.events;

import static dev.limpet.model.live.Event.Severity.ERROR;
import static dev.limpet.model.live.Event.Severity.INFO;
import static dev.limpet.model.live.Event.Severity.WARNING;

import dev.limpet.model.changes.Change;
import dev.limpet.model.live.Event;
import dev.limpet.model.live.Figures;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every few seconds whether something has happened at this node. On one thread. */
final class NodeEvents {

  private static final Logger LOG = LoggerFactory.getLogger(NodeEvents.class);

  /** Fewer sessions that move at one time are nothing to tell of. */
  private static final long MANY_SESSIONS = 10;

  /** Certificates are told of when they come to these days before their end. */
  private static final List<Duration> BEFORE_THE_END =
      List.of(Duration.ZERO, Duration.ofDays(7), Duration.ofDays(30));

  private record Held(String listener, String name, Instant until) {}

  private final EventSources node;
  private final Reporter reporter;
  private final EventLog log;
  private final Set<String> changes = new HashSet<>();
  private final Map<String, Long> moved = new HashMap<>();
  private final Map<Held, Duration> certificates = new HashMap<>();
  private String trouble = "";
  private @Nullable LoopHealth loops;
  private long dropped;

  NodeEvents(EventSources node, Reporter reporter, EventLog log) {
    this.node = node;
    this.reporter = reporter;
    this.log = log;
  }

  void look() {
    try {
      ofLoops();
      ofJournal();
      ofLog();
      ofSessions();
      ofCertificates();
    } catch (RuntimeException e) {
      LOG.error("what has happened at this node is not known", e);
    }
  }

  /** Each node hears of all changes, so none tells another one. */
  void lookAtChanges() {
    List<Change> history = node.changes().history();
    Set<String> there = new HashSet<>();
    for (Change change : history.subList(0, Math.min(history.size(), EventLog.MOST))) {
      there.add(change.id());
      if (changes.add(change.id())) {
        String who = change.who().isEmpty() ? change.from() : change.who();
        log.add(
            new Event(
                change.time(),
                change.node(),
                INFO,
                "change",
                change.id(),
                (who.isEmpty() ? "somebody" : who)
                    + " "
                    + node.summary().apply(change)
                    + (change.comment().isEmpty() ? "" : " (" + change.comment() + ")")));
      }
    }
    changes.retainAll(there);
  }

  private void ofLoops() {
    LoopHealth last = loops;
    LoopHealth now = node.loops().get();
    loops = now;
    if (last != null && now.stalls() > last.stalls()) {
      reporter.happened(
          WARNING,
          "loop-stall",
          "an event loop of %s stood still for more than 2 s".formatted(node.name()));
    }
    if (last != null && last.lost().isEmpty() && !now.lost().isEmpty()) {
      reporter.happened(ERROR, "loop-lost", node.name() + ": " + now.lost());
    }
  }

  private void ofJournal() {
    String now = node.changes().trouble();
    if (!now.equals(trouble)) {
      if (now.isEmpty()) {
        reporter.happened(INFO, "journal", node.name() + " can write changes down again");
      } else {
        reporter.happened(
            ERROR, "journal", "%s cannot write changes down: %s".formatted(node.name(), now));
      }
    }
    trouble = now;
  }

  private void ofLog() {
    long now = node.logDropped().getAsLong() + node.traffic().get().accessLogDropped();
    if (now > dropped) {
      reporter.happened(
          WARNING,
          "log-dropped",
          "%s has dropped %d lines of its logs because nobody took them"
              .formatted(node.name(), now - dropped));
    }
    dropped = now;
  }

  private void ofSessions() {
    for (Figures.OfUpstream upstream : node.figures().get().upstreams()) {
      upstream
          .moves()
          .forEach(
              (why, count) -> {
                String key = why + " " + upstream.upstream();
                Long before = moved.put(key, count);
                long now = count - (before == null ? 0 : before);
                if (now >= MANY_SESSIONS) {
                  String text =
                      "%d sessions of upstream %s have moved: %s"
                          .formatted(now, upstream.upstream(), inWords(why));
                  LOG.atInfo()
                      .addKeyValue("event", "sessions-moved")
                      .addKeyValue("subject", upstream.upstream())
                      .log(text);
                  reporter.happened(INFO, "sessions-moved", upstream.upstream(), text);
                }
              });
    }
  }

  private static String inWords(String why) {
    return switch (why) {
      case "gone" -> "their servers are gone";
      case "unreachable" -> "their servers cannot be reached";
      case "full" -> "their servers are full";
      case "refused" -> "their servers refused them";
      default -> why;
    };
  }

  private void ofCertificates() {
    Set<Held> there = new HashSet<>();
    for (Traffic.Certificate certificate : node.traffic().get().certificates()) {
      Held held = new Held(certificate.listener(), certificate.name(), certificate.until());
      there.add(held);
      Duration left =
          Duration.between(Instant.ofEpochMilli(node.millis().getAsLong()), certificate.until());
      BEFORE_THE_END.stream()
          .filter(limit -> left.compareTo(limit) <= 0)
          .findFirst()
          .filter(limit -> !limit.equals(certificates.put(held, limit)))
          .ifPresent(limit -> tell(certificate, left));
    }
    certificates.keySet().retainAll(there);
  }

  private void tell(Traffic.Certificate certificate, Duration left) {
    String what =
        "the certificate of listener %s for %s"
            .formatted(certificate.listener(), certificate.name());
    reporter.happened(
        left.isNegative() ? ERROR : WARNING,
        "certificate",
        certificate.listener(),
        left.isNegative()
            ? "%s has ended at %s".formatted(what, certificate.until())
            : "%s ends at %s, in %d days".formatted(what, certificate.until(), left.toDays()));
  }
}
