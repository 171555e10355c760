package dev.limpet.bench;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Candidate;
import dev.limpet.balancing.Selector;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** The methods of balancing, by their names in settings, and servers to balance. */
final class Methods {

  static final Map<String, BalancingMethod> ALL = new LinkedHashMap<>();

  static {
    ALL.put("round-robin", new BalancingMethod.RoundRobin());
    ALL.put("least-connections", new BalancingMethod.LeastConnections());
    ALL.put("least-time", new BalancingMethod.LeastTime(Measure.LAST_BYTE));
    ALL.put("random-two", new BalancingMethod.RandomTwo(Measure.CONNECTIONS));
    ALL.put("random-two by time", new BalancingMethod.RandomTwo(Measure.LAST_BYTE));
    ALL.put("hash", new BalancingMethod.Hash(BalancingMethod.Source.ADDRESS, ""));
  }

  private Methods() {}

  static List<Backend> backends(List<Integer> weights) {
    List<Backend> backends = new ArrayList<>();
    for (int weight : weights) {
      String address = "10.0.0." + backends.size();
      backends.add(
          new Backend(
              new Server(
                  ServerId.of("app", address + ":3000"), new HostPort(address, 3000), weight, 0)));
    }
    return backends;
  }

  static Selector selector(BalancingMethod method, List<Backend> backends, LongSupplier random) {
    return Selector.of(method, Candidate.of(backends), new AtomicInteger(), random);
  }
}
