package dev.limpet.e2e.changes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.TestedBackend;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Operators at all nodes, who change the weights of servers without a pause. */
final class Operators implements AutoCloseable {

  private static final int OF_EACH_NODE = 3;
  private static final int MOST_WEIGHT = 100;

  private final List<TestedBackend> backends;
  private final long pauseMillis;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger number = new AtomicInteger();
  private final List<Request> requests = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param rate changes a second, of all operators together, at the most
   */
  Operators(
      List<TestedNode> nodes, List<TestedBackend> backends, int rate, SplittableRandom random) {
    this.backends = backends;
    this.pauseMillis = 1000L * nodes.size() * OF_EACH_NODE / rate;
    for (TestedNode node : nodes) {
      for (int i = 0; i < OF_EACH_NODE; i++) {
        SplittableRandom own = random.split();
        threads.add(Thread.ofVirtual().start(() -> work(new NodeApi(node.adminAddress()), own)));
      }
    }
  }

  /** Ends them, and says what they have asked for. */
  List<Request> end() {
    close();
    return List.copyOf(requests);
  }

  @Override
  public void close() {
    over.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void work(NodeApi node, SplittableRandom random) {
    try {
      while (!over.await(random.nextLong(2 * pauseMillis + 1), TimeUnit.MILLISECONDS)) {
        Request request = change(node, random);
        synchronized (this) {
          requests.add(request);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Request change(NodeApi node, SplittableRandom random) throws InterruptedException {
    String comment = "request-" + number.incrementAndGet();
    ClientKind kind = ClientKind.ALL.get(random.nextInt(ClientKind.ALL.size()));
    TestedBackend backend = backends.get(random.nextInt(backends.size()));
    long begun = System.nanoTime();
    try {
      NodeApi.Answer answer =
          node.send(
              "PATCH",
              "/api/v1/upstreams/%s/servers/%s?comment=%s"
                  .formatted(kind.name(), backend.name(), comment),
              "{\"weight\": " + (1 + random.nextInt(MOST_WEIGHT)) + "}");
      JsonNode body = answer.body();
      return new Request(
          comment,
          switch (answer.status()) {
            case 200 -> Request.Answer.DURABLE;
            case 202 -> Request.Answer.HELD;
            default -> Request.Answer.REFUSED;
          },
          body.path("change").asText(),
          micros(begun));
    } catch (IOException e) {
      return new Request(comment, Request.Answer.UNKNOWN, "", micros(begun));
    }
  }

  private static long micros(long begun) {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begun);
  }
}
