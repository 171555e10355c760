package dev.limpet.balancing;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Servers for tests, named a, b, c …. */
final class Backends {

  private Backends() {}

  static Backend backend(String id, int weight) {
    return backend(id, weight, 0);
  }

  static Backend limited(String id, int maxConnections) {
    return backend(id, 1, maxConnections);
  }

  private static Backend backend(String id, int weight, int maxConnections) {
    return new Backend(
        new Server(
            ServerId.of("app", id), new HostPort("127.0.0.1", 3000), weight, maxConnections));
  }

  static List<Backend> weighted(int... weights) {
    List<Backend> backends = new ArrayList<>();
    for (int weight : weights) {
      backends.add(backend(Character.toString('a' + backends.size()), weight));
    }
    return backends;
  }

  /** The names of the next picks, the letters run together. */
  static String picks(Selector selector, int count) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < count; i++) {
      Backend picked = selector.pick(HashKey.NONE, Set.of());
      names.append(picked == null ? "-" : picked.id().value().substring("app/".length()));
    }
    return names.toString();
  }

  static Selector roundRobin(List<Backend> backends) {
    return selector(new BalancingMethod.RoundRobin(), backends);
  }

  static Selector leastConnections(List<Backend> backends) {
    return selector(new BalancingMethod.LeastConnections(), backends);
  }

  static Selector selector(BalancingMethod method, List<Backend> backends) {
    return Selector.of(
        method, Candidate.of(backends), new AtomicInteger(), new Random(4711)::nextLong);
  }

  /** How often each was picked of so many times; keys are random. */
  static Map<String, Integer> shares(Selector selector, int count) {
    Random random = new Random(4711);
    Map<String, Integer> shares = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Backend picked = Objects.requireNonNull(selector.pick(random.nextLong(), Set.of()));
      shares.merge(picked.id().value().substring("app/".length()), 1, Integer::sum);
    }
    return shares;
  }
}
