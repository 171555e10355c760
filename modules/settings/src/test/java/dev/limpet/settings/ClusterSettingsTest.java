package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterSettingsTest {

  private static final String DNS = "discovery.dns { name = nodes.internal, port = 25520 }";

  @Test
  void peersAreKnownByTheirAddressesWhereverTheyListen() throws InvalidSettings {
    Settings.Cluster cluster =
        read(
            "insecure = on, bind = \"0.0.0.0:25520\", address = \"limpet-0.edge:25520\","
                + " peers = [ \"limpet-0.edge:25520\", \"limpet-1.edge:25520\", \"limpet-2.edge:25520\" ]");
    assertThat(cluster.bind()).hasToString("0.0.0.0:25520");
    assertThat(cluster.address()).hasToString("limpet-0.edge:25520");
    assertThat(cluster.peers()).hasSize(3).contains(cluster.address());
    assertThat(cluster.discovery()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.7, 10.0.0.7:4000",
    "10.0.0.7:5, 10.0.0.7:5",
    "pod-1.edge, pod-1.edge:4000",
    "fd00::7, [fd00::7]:4000",
    "[fd00:0::7]:5, [fd00::7]:5"
  })
  void anAddressWithoutAPortHasThatOfTheBind(String address, String means) throws InvalidSettings {
    assertThat(read("bind = \"127.0.0.1:4000\", address = \"" + address + "\"").address())
        .hasToString(means);
  }

  @Test
  void nodesFindEachOtherByDns() throws InvalidSettings {
    Settings.Cluster cluster = read(DNS + ", discovery.dns.resolvers = [ \"127.0.0.1:53\" ]");
    assertThat(cluster.discovery())
        .contains(
            new NodeDiscovery.Dns(
                "nodes.internal", OptionalInt.of(25520), List.of(new HostPort("127.0.0.1", 53))));
    assertThat(cluster.peers()).isEmpty();
  }

  @Test
  void nodesFindEachOtherByKubernetes() throws InvalidSettings {
    String own = "bind = \"127.0.0.1:4000\", address = 10.0.0.7, discovery.kubernetes ";
    assertThat(read(own + "{ service = nodes }").discovery())
        .contains(new NodeDiscovery.Kubernetes(Optional.empty(), "nodes", OptionalInt.empty()));
    assertThat(read(own + "{ service = nodes, namespace = edge, port = 5000 }").discovery())
        .contains(new NodeDiscovery.Kubernetes(Optional.of("edge"), "nodes", OptionalInt.of(5000)));
  }

  @Test
  void asManyAreExpectedAsVoteUnlessTheSettingsSay() throws InvalidSettings {
    assertThat(read(DNS).expect()).isEqualTo(3);
    assertThat(read(DNS + ", voters = 5").expect()).isEqualTo(5);
    assertThat(read(DNS + ", voters = 5, expect = 1").expect()).isEqualTo(1);
  }

  private static Settings.Cluster read(String cluster) throws InvalidSettings {
    return SmallestSettings.with("limpet.cluster { " + cluster + " }").cluster();
  }
}
