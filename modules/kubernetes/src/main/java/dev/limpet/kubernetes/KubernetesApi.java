package dev.limpet.kubernetes;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.NodeFinder;
import dev.limpet.model.state.ServerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Finds servers and nodes by the API of Kubernetes. Safe for threads. */
public final class KubernetesApi implements KubernetesFinder {

  private final ApiClient client;
  private final Pace pace;

  private KubernetesApi(ApiClient client, Pace pace) {
    this.client = client;
    this.pace = pace;
  }

  /**
   * @param environment says where the API server is, if the settings do not
   */
  public static KubernetesApi of(KubernetesAccess access, Map<String, String> environment) {
    return of(access, environment, Pace.USUAL);
  }

  static KubernetesApi of(KubernetesAccess access, Map<String, String> environment, Pace pace) {
    return new KubernetesApi(
        new ApiClient(access.api(), environment, new ServiceAccount(access.serviceAccount()), pace),
        pace);
  }

  @Override
  public ServerSource servers(Discovery.Kubernetes where) {
    return new SliceSource(
        client,
        SliceQuery.of(where.service(), where.selector(), where.namespace()),
        PortChoice.ofServers(where.port()),
        pace);
  }

  @Override
  public NodeFinder nodes(NodeDiscovery.Kubernetes where) {
    SliceQuery query =
        SliceQuery.of(Optional.of(where.service()), Optional.empty(), where.namespace());
    return () ->
        CompletableFuture.supplyAsync(
            () -> addresses(query, where.port()),
            task -> Thread.ofVirtual().name("limpet-kubernetes").start(task));
  }

  private Set<HostPort> addresses(SliceQuery query, OptionalInt port) {
    try {
      SliceSet slices = new SliceSet();
      slices.replace(client.list(query).slices());
      PortChoice choice = PortChoice.ofNodes(port);
      Optional<String> trouble = slices.trouble(choice);
      if (trouble.isPresent()) {
        throw new ApiFailure(query.what() + ": " + trouble.get());
      }
      return slices.addresses(choice);
    } catch (IOException e) {
      throw new UncheckedIOException(Words.of(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }
}
