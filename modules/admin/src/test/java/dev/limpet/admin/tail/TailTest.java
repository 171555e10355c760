package dev.limpet.admin.tail;

import static dev.limpet.admin.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.admin.peers.Letter;
import dev.limpet.admin.peers.Post;
import dev.limpet.admin.peers.Topic;
import dev.limpet.model.state.PeerLink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two nodes, one of which somebody watches. */
class TailTest {

  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final List<Node> nodes = new ArrayList<>();
  private final Node here = new Node("edge-1");
  private final Node there = new Node("edge-2");
  private final List<TailView> seen = new CopyOnWriteArrayList<>();
  private final AtomicLong skipped = new AtomicLong();

  private final class Node implements PeerLink {

    private final long uid;
    private final Post post;
    private final Tail tail;
    private BiConsumer<Long, byte[]> listener = (from, message) -> {};

    Node(String name) {
      nodes.add(this);
      uid = nodes.size();
      post = new Post(this, thread);
      tail = new Tail(thread, post, name);
    }

    @Override
    public List<Member> peers() {
      return nodes.stream()
          .filter(node -> node.uid != uid)
          .map(node -> new Member(node.uid, "10.0.0." + node.uid + ":7600"))
          .toList();
    }

    @Override
    public int majority() {
      return 2;
    }

    @Override
    public void send(long to, byte[] message) {
      nodes.get((int) to - 1).listener.accept(uid, message);
    }

    @Override
    public void receive(BiConsumer<Long, byte[]> newListener) {
      listener = newListener;
    }
  }

  @AfterEach
  void stop() {
    thread.shutdownNow();
  }

  private long watch(TailFilter filter, boolean own, boolean others) {
    return CompletableFuture.supplyAsync(
            () ->
                here.tail.begin(
                    filter,
                    own,
                    uid -> others,
                    new Tail.Reader() {
                      @Override
                      public void take(TailView request) {
                        seen.add(request);
                      }

                      @Override
                      public void skipped(long count) {
                        skipped.addAndGet(count);
                      }

                      @Override
                      public long missed() {
                        return 0;
                      }
                    }),
            thread)
        .join();
  }

  @Test
  void nobodyWantsRequestsThatNobodyWatches() {
    assertThat(here.tail.wants(true)).isFalse();
    long reader = watch(TailFilter.ALL, true, true);
    assertThat(here.tail.wants(false)).isTrue();
    await().until(() -> there.tail.wants(false));
    thread.execute(() -> here.tail.end(reader));
    await().until(() -> !here.tail.wants(false) && !there.tail.wants(false));
  }

  @Test
  void requestsOfAllNodesAreSeenAsTheyWent() throws Exception {
    watch(TailFilter.ALL, true, true);
    await().until(() -> there.tail.wants(false));
    here.tail.take(request("/here", 200, "nodejs/a", 12));
    there.tail.take(request("/there\"\u0000\n", 502, "nodejs/b", 1_500));
    await().until(() -> seen.size() == 2);
    assertThat(seen).extracting(TailView::node).containsExactlyInAnyOrder("edge-1", "edge-2");
    TailView other =
        seen.stream().filter(view -> view.node().equals("edge-2")).findFirst().orElseThrow();
    JsonNode json = new ObjectMapper().readTree(Tail.json(other));
    assertThat(json.path("target").asText()).isEqualTo("/there\"\u0000\n");
    assertThat(json.path("total").asDouble()).isEqualTo(1.5);
    assertThat(json.path("server").asText()).isEqualTo("nodejs/b");
    assertThat(json.path("trace").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    JsonNode failed = json.path("attempts").path(0);
    assertThat(failed.path("failure").asText()).isEqualTo("CONNECT_REFUSED");
    assertThat(failed.has("connect")).isFalse();
    assertThat(failed.has("status")).isFalse();
    assertThat(json.path("attempts").path(1).path("firstByte").asDouble()).isEqualTo(0.0009);
    assertThat(json.has("failure")).isFalse();
  }

  @Test
  void onlyThoseAreSeenThatWereAskedFor() {
    watch(new TailFilter("5xx", "nodejs/b", "nodejs", 0.1), true, true);
    await().until(() -> there.tail.wants(false));
    for (Node node : nodes) {
      node.tail.take(request("/ok", 200, "nodejs/b", 500));
      node.tail.take(request("/fast", 503, "nodejs/b", 99));
      node.tail.take(request("/elsewhere", 503, "nodejs/a", 500));
      node.tail.take(request("/this", 503, "nodejs/b", 100));
    }
    await().until(() -> seen.size() == 2);
    assertThat(seen).extracting(TailView::target).containsOnly("/this");
  }

  @Test
  void oneNodeCanBeWatchedByItself() {
    watch(TailFilter.ALL, true, false);
    here.tail.take(request("/here", 200, "nodejs/a", 1));
    await().until(() -> seen.size() == 1);
    assertThat(there.tail.wants(false)).isFalse();
  }

  @Test
  void asManyAreSeenAsAnybodyCanLookAtAndTheOthersAreCounted() {
    watch(TailFilter.ALL, true, true);
    await().until(() -> there.tail.wants(false));
    IntStream.range(0, 1_000)
        .forEach(i -> nodes.get(i % 2).tail.take(request("/" + i, 200, "nodejs/a", 1)));
    await().until(() -> seen.size() + skipped.get() == 1_000);
    // All came within a second or two.
    assertThat(seen.size()).isBetween(Watch.MOST, 3 * Watch.MOST);
  }

  @Test
  void aNodeTellsNobodyWhoHasNotAskedForSomeTime() throws Exception {
    Letter question =
        Letter.of(Topic.WATCH_REQUESTS, "{\"reader\":9}".getBytes(StandardCharsets.UTF_8));
    here.post.send(2, question);
    await().until(() -> there.tail.wants(false));
    await().atMost(1, TimeUnit.MINUTES).until(() -> !there.tail.wants(false));
  }

  @Test
  void whatOtherNodesSendIsReadOrDropped() {
    watch(TailFilter.ALL, true, true);
    await().until(() -> there.tail.wants(false));
    for (String bad :
        List.of(
            "",
            "[]",
            "{\"reader\":1,\"requests\":[null]}",
            "{\"reader\":1,\"requests\":{}}",
            "{\"reader\":\"x\"}",
            "{\"reader\":1,\"requests\":[{\"status\":\"<b>\"}]}")) {
      there.post.send(1, Letter.of(Topic.REQUESTS, bad.getBytes(StandardCharsets.UTF_8)));
    }
    there.post.send(
        1,
        Letter.of(
            Topic.WATCH_REQUESTS,
            "{\"reader\":1,\"filter\":{\"status\":\"999\"}}".getBytes(StandardCharsets.UTF_8)));
    await().until(() -> here.post.refused() == 7);
    String odd = "{\"reader\":1,\"skipped\":-5,\"requests\":[{\"time\":1,\"new\":[]}]}";
    there.post.send(1, Letter.of(Topic.REQUESTS, odd.getBytes(StandardCharsets.UTF_8)));
    await().until(() -> seen.size() == 1);
    assertThat(seen.getFirst().target()).isEmpty();
    assertThat(skipped.get()).isZero();
  }

  @Test
  void filtersSayWhatTheyExpect() {
    assertThatThrownBy(() -> new TailFilter("6xx", "", "", 0))
        .hasMessage("status is one such as 404, or a class such as 5xx, not \"6xx\"");
    assertThatThrownBy(() -> new TailFilter("", "", "", Double.NaN))
        .hasMessageContaining("min is in seconds");
  }
}
