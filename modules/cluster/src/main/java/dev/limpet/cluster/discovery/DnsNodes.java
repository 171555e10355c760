package dev.limpet.cluster.discovery;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.state.NodeFinder;
import dev.limpet.model.state.ServerSource;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** Asks DNS where the cluster's nodes are. */
public final class DnsNodes implements NodeFinder {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final DnsLookup lookup;

  public DnsNodes(NodeDiscovery.Dns dns) {
    this.lookup =
        DnsLookup.of(
            new Discovery.Dns(
                dns.name(), dns.port(), dns.resolvers(), TIMEOUT, Duration.ZERO, 0, Duration.ZERO));
  }

  @Override
  public CompletionStage<Set<HostPort>> find() {
    return lookup
        .ask()
        .thenApply(
            answer -> {
              if (!answer.trouble().isEmpty()) {
                throw new IllegalStateException(answer.trouble());
              }
              return answer.servers().orElse(List.of()).stream()
                  .map(ServerSource.FoundServer::address)
                  .collect(Collectors.toSet());
            });
  }
}
