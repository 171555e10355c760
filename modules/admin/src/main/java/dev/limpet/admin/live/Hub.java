package dev.limpet.admin.live;

import dev.limpet.admin.peers.Letter;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.peers.Topic;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.PeerLink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches this node and the others while somebody wants to know: each second it takes a sample,
 * asks the others for their reports, and gives all of them to who listens once they have answered.
 * Used on one thread, but for what says otherwise.
 */
final class Hub {

  private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

  private static final long EVERY_MILLIS = 1000;

  /** How long a node goes on for nobody. */
  private static final Duration UNWATCHED = Duration.ofSeconds(60);

  /** Others are asked so long after their own sample, if all began at one time. */
  private static final long ASK_AFTER_MILLIS = 50;

  /** Who has not answered by then is not waited for, this time. */
  private static final long ROUND_MILLIS = 300;

  /** Who has not answered for so long does not. */
  private static final Duration SILENT = Duration.ofSeconds(2);

  /** Another node, or what it was before it started anew. */
  private static final class Peer {

    private long uid;
    private final long firstAsked;
    private @Nullable NodeReport report;
    private long reported;

    Peer(long uid, long firstAsked) {
      this.uid = uid;
      this.firstAsked = firstAsked;
    }
  }

  private final ScheduledExecutorService thread;
  private final Post post;
  private final Sampler sampler;
  private final Supplier<ClusterSnapshot> snapshot;
  private final Consumer<Reports> listener;
  private final Map<String, Peer> peers = new HashMap<>();
  private final Set<Long> unanswered = new HashSet<>();
  private @Nullable ScheduledFuture<?> ticking;
  private long watched;
  private long asked;
  private boolean wanted;
  private boolean settled;
  private @Nullable Letter answer;

  /**
   * @param thread runs all of it
   * @param snapshot the cluster as this node knows it
   * @param listener gets the reports each second, on the thread
   */
  Hub(
      ScheduledExecutorService thread,
      Post post,
      Sampler sampler,
      Supplier<ClusterSnapshot> snapshot,
      Consumer<Reports> listener) {
    this.thread = thread;
    this.post = post;
    this.sampler = sampler;
    this.snapshot = snapshot;
    this.listener = listener;
    post.on(Topic.ASK, (from, text) -> onAsked(from));
    post.on(Topic.REPORT, this::onReport);
  }

  /** Somebody watches, here and now. */
  void watch() {
    watched = System.nanoTime();
    if (!wanted) {
      wanted = true;
      settled = false;
      peers.clear();
      ask();
    }
    begin();
  }

  /** Whether what the listener has got last is of now. */
  boolean isSettled() {
    return settled;
  }

  private void begin() {
    if (ticking == null) {
      sample();
      ticking =
          thread.scheduleAtFixedRate(this::tick, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tick() {
    try {
      long now = System.nanoTime();
      wanted &= now - watched < UNWATCHED.toNanos();
      if (!wanted && now - asked > UNWATCHED.toNanos()) {
        end();
        return;
      }
      sample();
      if (wanted) {
        thread.schedule(this::round, ASK_AFTER_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (RuntimeException e) {
      LOG.error("this node's figures cannot be taken", e);
    }
  }

  private void end() {
    if (ticking != null) {
      ticking.cancel(false);
      ticking = null;
    }
    settled = false;
    sampler.forget();
    peers.clear();
    answer = null;
  }

  private void sample() {
    sampler.sample(System.nanoTime());
    answer = null;
  }

  private void round() {
    ask();
    if (unanswered.isEmpty()) {
      tell();
    } else {
      thread.schedule(
          () -> {
            if (!unanswered.isEmpty()) {
              unanswered.clear();
              tell();
            }
          },
          ROUND_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  private void ask() {
    long now = System.nanoTime();
    Set<String> members = new HashSet<>();
    snapshot.get().nodes().forEach(member -> members.add(member.address()));
    unanswered.clear();
    Letter question = Letter.of(Topic.ASK, new byte[0]);
    for (PeerLink.Member member : post.peers()) {
      members.add(member.address());
      peers.computeIfAbsent(member.address(), address -> new Peer(member.uid(), now)).uid =
          member.uid();
      unanswered.add(member.uid());
      post.send(member.uid(), question);
    }
    peers.keySet().retainAll(members);
  }

  private void onAsked(long from) {
    asked = System.nanoTime();
    begin();
    Letter letter = answer;
    if (letter == null) {
      letter = Letter.of(Topic.REPORT, sampler.report().toBytes());
      answer = letter;
    }
    post.send(from, letter);
  }

  private void onReport(long from, byte[] text) throws IOException {
    NodeReport report = NodeReport.read(text);
    for (Peer peer : peers.values()) {
      if (peer.uid == from) {
        peer.report = report;
        peer.reported = System.nanoTime();
      }
    }
    if (unanswered.remove(from) && unanswered.isEmpty()) {
      tell();
    }
  }

  private void tell() {
    try {
      long now = System.nanoTime();
      settled = settled || isSettledBy(now);
      if (settled) {
        listener.accept(reports(now));
      }
    } catch (RuntimeException e) {
      LOG.error("the nodes' figures cannot be shown", e);
    }
  }

  /** At first, rates take a second sample, and others may not have answered yet. */
  private boolean isSettledBy(long now) {
    return sampler.isWarm()
        && peers.values().stream()
            .allMatch(
                peer ->
                    (peer.report != null && peer.report.warm())
                        || now - peer.firstAsked > SILENT.toNanos());
  }

  private Reports reports(long now) {
    List<Reports.OfMember> members = new ArrayList<>();
    for (ClusterSnapshot.Node member : snapshot.get().nodes()) {
      if (member.self()) {
        members.add(new Reports.OfMember(member, sampler.report(), 0, true));
      } else {
        Peer peer = peers.get(member.address());
        NodeReport report = peer == null ? null : peer.report;
        long age = peer == null ? 0 : now - peer.reported;
        members.add(
            new Reports.OfMember(
                member,
                report,
                Math.round(age / 1e6) / 1e3,
                report != null && age <= SILENT.toNanos()));
      }
    }
    return new Reports(members);
  }
}
