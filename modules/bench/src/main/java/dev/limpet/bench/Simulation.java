package dev.limpet.bench;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Selector;
import dev.limpet.model.settings.BalancingMethod;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A million requests, one method of balancing, and servers that take one request at a time for each
 * unit of weight, first come, first served. Requests arrive at random (Poisson) and keep the
 * servers busy to 80%; of twenty, nineteen take about 10 ms and one 200 ms, each exponentially
 * distributed. One line of JSON.
 *
 * <p>Several nodes spread the requests evenly and count their own ones; where they share load, each
 * hears every second how many of the others' last at each server.
 */
final class Simulation {

  private static final int REQUESTS = 1_000_000;
  private static final double UTILISATION = 0.8;
  private static final int CLIENTS = 100_000;
  private static final long SECOND = 1_000_000_000L;

  /**
   * @param slow so many times as long take requests at the first server
   * @param longer so many times as long take all requests
   * @param nodes that balance
   * @param shared whether they hear of each other
   */
  private record Case(
      String method, List<Integer> weights, double slow, int longer, int nodes, boolean shared) {}

  private record Underway(long end, long arrival, int server, int node) {}

  private final Case set;
  private final SplittableRandom random = new SplittableRandom(4711);
  private final List<List<Backend>> backends = new ArrayList<>();
  private final List<Selector> selectors = new ArrayList<>();
  private final List<PriorityQueue<Long>> workers = new ArrayList<>();
  private final PriorityQueue<Underway> underway =
      new PriorityQueue<>((a, b) -> Long.compare(a.end, b.end));
  private final long[] picked;
  private final int[] active;
  private final long[] times = new long[REQUESTS];
  private int ended;
  private double worstQueue;

  private Simulation(Case set) {
    this.set = set;
    BalancingMethod method = Objects.requireNonNull(Methods.ALL.get(set.method));
    for (int node = 0; node < set.nodes; node++) {
      List<Backend> own = Methods.backends(set.weights);
      backends.add(own);
      selectors.add(Methods.selector(method, own, random::nextLong));
    }
    for (int weight : set.weights) {
      PriorityQueue<Long> free = new PriorityQueue<>();
      for (int i = 0; i < weight; i++) {
        free.add(0L);
      }
      workers.add(free);
    }
    picked = new long[set.weights.size()];
    active = new int[set.weights.size()];
  }

  public static void main(String[] args) {
    List<Integer> weights = List.of(1, 1, 1, 1, 2, 2, 2, 2, 4, 4);
    for (String method : Methods.ALL.keySet()) {
      System.out.println(new Simulation(new Case(method, weights, 1, 1, 1, false)).run("uneven"));
    }
    List<Integer> alike = Collections.nCopies(10, 1);
    for (String method : Methods.ALL.keySet()) {
      System.out.println(new Simulation(new Case(method, alike, 3, 1, 1, false)).run("slow"));
    }
    for (String method : List.of("least-connections", "random-two")) {
      for (int longer : new int[] {1, 1000}) {
        for (boolean shared : new boolean[] {false, true}) {
          Case nodes = new Case(method, weights, 1, longer, 5, shared);
          System.out.println(new Simulation(nodes).run("nodes"));
        }
      }
    }
  }

  private String run(String name) {
    long[] clients = random.longs(CLIENTS).toArray();
    // Nineteen of 10 ms and one of 200 ms are 19.5 ms on average.
    double mean = (0.95 * 10e6 + 0.05 * 200e6) * set.longer;
    double capacity = 1 / set.slow - 1 + set.weights.stream().mapToInt(w -> w).sum();
    double rate = UTILISATION * capacity / mean;
    long now = 0;
    long tick = 0;
    for (int i = 0; i < REQUESTS; i++) {
      now += (long) exponential(1 / rate);
      endUntil(now);
      for (; tick <= now; tick += SECOND) {
        everySecond();
      }
      double length = exponential(random.nextInt(20) == 0 ? 200e6 : 10e6) * set.longer;
      begin(random.nextInt(set.nodes), clients[random.nextInt(CLIENTS)], now, length);
    }
    endUntil(Long.MAX_VALUE);
    return report(name);
  }

  private void begin(int node, long key, long now, double length) {
    Backend backend = Objects.requireNonNull(selectors.get(node).pick(key, Set.of()));
    backend.tryBegin();
    int server = backends.get(node).indexOf(backend);
    picked[server]++;
    active[server]++;
    worstQueue = Math.max(worstQueue, (double) active[server] / set.weights.get(server));
    PriorityQueue<Long> free = workers.get(server);
    long start = Math.max(now, free.remove());
    long end = start + (long) (length * (server == 0 ? set.slow : 1));
    free.add(end);
    underway.add(new Underway(end, now, server, node));
  }

  private void endUntil(long now) {
    while (!underway.isEmpty() && underway.peek().end <= now) {
      Underway done = underway.remove();
      Backend backend = backends.get(done.node).get(done.server);
      backend.end();
      backend.took(done.end - done.arrival);
      active[done.server]--;
      times[ended++] = done.end - done.arrival;
    }
  }

  private void everySecond() {
    for (int server = 0; server < active.length; server++) {
      int[] lasting = new int[set.nodes];
      for (int node = 0; node < set.nodes; node++) {
        Backend backend = backends.get(node).get(server);
        backend.age();
        lasting[node] = backend.lasting();
      }
      int all = Arrays.stream(lasting).sum();
      for (int node = 0; node < set.nodes; node++) {
        backends.get(node).get(server).setElsewhere(set.shared ? all - lasting[node] : 0);
      }
    }
  }

  private double exponential(double mean) {
    return -mean * Math.log(1 - random.nextDouble());
  }

  private String report(String name) {
    Arrays.sort(times);
    double total = set.weights.stream().mapToInt(w -> w).sum();
    double[] shares = new double[picked.length];
    double off = 0;
    for (int server = 0; server < picked.length; server++) {
      // 1 for a server that got just what its weight asks for.
      shares[server] = picked[server] * total / REQUESTS / set.weights.get(server);
      off = Math.max(off, Math.abs(shares[server] - 1));
    }
    return "{\"case\":\"%s\",\"method\":\"%s\",\"longer\":%d,\"nodes\":%d,\"shared\":%b,\"shares\":%s,\"off\":%.4f,\"queue\":%.1f,\"p50\":%.1f,\"p99\":%.1f}"
        .formatted(
            name,
            set.method,
            set.longer,
            set.nodes,
            set.shared,
            Arrays.toString(Arrays.stream(shares).map(s -> Math.round(s * 1e4) / 1e4).toArray()),
            off,
            worstQueue,
            times[REQUESTS / 2] / 1e6,
            times[REQUESTS / 100 * 99] / 1e6);
  }
}
