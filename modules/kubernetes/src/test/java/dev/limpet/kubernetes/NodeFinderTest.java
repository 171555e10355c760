package dev.limpet.kubernetes;

import static dev.limpet.testkit.TestSlice.Condition.NOT_READY;
import static dev.limpet.testkit.TestSlice.Condition.READY;
import static dev.limpet.testkit.TestSlice.Condition.TERMINATING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.testkit.ApiServer;
import dev.limpet.testkit.TestSlice;
import dev.limpet.testkit.TestSlice.Endpoint;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where nodes of Limpet may be, by the endpoints of their Service. */
class NodeFinderTest {

  @TempDir private Path account;

  private final ApiServer api = new ApiServer();

  @AfterEach
  void close() {
    api.close();
  }

  private Set<String> find(String service, OptionalInt port) {
    api.writeAccount(account);
    Set<HostPort> found =
        KubernetesApi.of(
                new KubernetesAccess(Optional.of(URI.create(api.url())), account), Map.of())
            .nodes(new NodeDiscovery.Kubernetes(Optional.empty(), service, port))
            .find()
            .toCompletableFuture()
            .join();
    Set<String> addresses = new TreeSet<>();
    found.forEach(address -> addresses.add(address.toString()));
    return addresses;
  }

  @Test
  void allEndpointsMayBeNodes() {
    api.put(
        TestSlice.of("limpet", "limpet-1")
            .port("cluster", 25520)
            .with(
                new Endpoint("10.0.0.1", READY, "limpet-0", "", ""),
                new Endpoint("10.0.0.2", NOT_READY),
                new Endpoint("10.0.0.3", TERMINATING)));
    api.put(
        TestSlice.of("limpet", "limpet-2")
            .ipv6()
            .port("cluster", 25520)
            .with(new Endpoint("fd00::1", READY, "limpet-0", "", "")));
    assertThat(find("limpet", OptionalInt.empty()))
        .as("who knows by which of its addresses a node is called")
        .containsExactlyInAnyOrder(
            "10.0.0.1:25520", "10.0.0.2:25520", "10.0.0.3:25520", "[fd00::1]:25520");
    assertThat(find("limpet", OptionalInt.of(7)))
        .as("the port need not be one of the Service's")
        .containsExactlyInAnyOrder("10.0.0.1:7", "10.0.0.2:7", "10.0.0.3:7", "[fd00::1]:7");
  }

  @Test
  void whatIsWrongIsSaid() {
    assertThatThrownBy(() -> find("limpte", OptionalInt.empty()))
        .hasMessageContaining("Service limpte: there is no EndpointSlice of it");
    api.put(TestSlice.of("limpet", "limpet-1").port("a", 1).port("b", 2).ready("10.0.0.1"));
    assertThatThrownBy(() -> find("limpet", OptionalInt.empty()))
        .hasMessageContaining("Service limpet: several ports; set port");
    api.forbid();
    assertThatThrownBy(() -> find("limpet", OptionalInt.empty()))
        .hasMessageContaining("verbs: [list, watch]");
    api.goAway();
    assertThatThrownBy(() -> find("limpet", OptionalInt.empty()))
        .hasMessageContaining("connection refused");
  }
}
