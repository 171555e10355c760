package dev.limpet.proxy.servers;

import dev.limpet.model.net.HostPort;
import dev.limpet.proxy.upstream.Addresses;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses at which an upstream's servers listen. Names may get other addresses, or their
 * first ones later, so they are asked for again and again; as long as a name has none, its last
 * ones count. One thread at a time.
 */
final class ServerNames {

  private static final Logger LOG = LoggerFactory.getLogger(ServerNames.class);

  /** Which addresses servers have; those are missing whose names have none. */
  record Answers(Map<HostPort, List<InetSocketAddress>> addresses) {}

  private final Function<HostPort, List<InetSocketAddress>> resolver;
  private final Map<HostPort, Addresses> known = new HashMap<>();

  /**
   * @param resolver may block; none where a name has no address
   */
  ServerNames(Function<HostPort, List<InetSocketAddress>> resolver) {
    this.resolver = resolver;
  }

  /** May block for a server that it has not heard of. */
  Addresses of(HostPort server) {
    return known.computeIfAbsent(server, name -> new Addresses(name, resolver.apply(name)));
  }

  /** Forgets all others. */
  void keep(Set<HostPort> servers) {
    known.keySet().retainAll(servers);
  }

  /** Whether one of them is not an address. */
  boolean haveNames() {
    return known.keySet().stream().anyMatch(server -> !server.isLiteral());
  }

  /** Asks for all names, on a thread of its own. */
  CompletionStage<Answers> ask() {
    List<HostPort> names = known.keySet().stream().filter(server -> !server.isLiteral()).toList();
    return CompletableFuture.supplyAsync(
        () -> {
          Map<HostPort, List<InetSocketAddress>> found = new HashMap<>();
          names.forEach(name -> found.put(name, resolver.apply(name)));
          found.values().removeIf(List::isEmpty);
          return new Answers(found);
        },
        task -> Thread.ofVirtual().start(task));
  }

  /** Whether that was news. */
  boolean hear(Answers answers) {
    boolean news = false;
    for (Map.Entry<HostPort, List<InetSocketAddress>> found : answers.addresses().entrySet()) {
      Addresses now = new Addresses(found.getKey(), found.getValue());
      if (known.containsKey(found.getKey()) && !now.equals(known.get(found.getKey()))) {
        known.put(found.getKey(), now);
        LOG.info("{}", now);
        news = true;
      }
    }
    return news;
  }

  static List<InetSocketAddress> resolve(HostPort server) {
    try {
      return server.resolve();
    } catch (UnknownHostException e) {
      return List.of();
    }
  }
}
