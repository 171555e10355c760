package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.cluster.TestSettings;
import dev.limpet.model.settings.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DifferencesTest {

  private static final String SELF = "UniqueAddress(akka://limpet@127.0.0.1:1,7)";
  private static final String OTHER = "UniqueAddress(akka://limpet@127.0.0.1:2,8)";
  private static final int[] PEERS = {1, 2};

  @Test
  void nodesWithTheSameSettingsDoNotDiffer() {
    assertThat(seen(TestSettings.of(2, PEERS, 3001))).isEmpty();
  }

  @Test
  void whatAnotherNodeSaysAloneIsToldWithItsName() {
    assertThat(seen(TestSettings.of(2, new int[] {2, 1, 9}, 3001, 3002)))
        .containsExactly(
            "cluster.peers of node-2 (127.0.0.1:2) are [127.0.0.1:2, 127.0.0.1:1, 127.0.0.1:9],"
                + " and this node's [127.0.0.1:1, 127.0.0.1:2]",
            "server app/127.0.0.1:3002 is declared by node-2 (127.0.0.1:2), and not in this node's"
                + " settings");
  }

  @Test
  void twoNodesOfOneNameAndUpstreamsOfNobodyElseAreTold() {
    Declaration other =
        new Declaration(
            "node-1",
            2,
            List.of(),
            List.of(
                new Declaration.Declared(
                    "rogue",
                    "rogue/x",
                    5,
                    "127.0.0.1",
                    5,
                    1,
                    0,
                    false,
                    false,
                    false,
                    0,
                    "",
                    false)));
    Settings own = TestSettings.of(1, PEERS, 3001);
    assertThat(Differences.of(Map.of(OTHER, other), SELF, own))
        .contains(
            "the node at 127.0.0.1:2 has this node's name, \"node-1\"; give each its own node.name",
            "upstream rogue is declared by node-1 (127.0.0.1:2), and not in this node's settings");
  }

  @Test
  void anOlderNodeSaysNothingOfItsPeers() {
    Declaration older = new Declaration("node-2", 2, null, List.of());
    assertThat(Differences.of(Map.of(OTHER, older), SELF, TestSettings.of(1, PEERS, 3001)))
        .isEmpty();
  }

  private static Iterable<String> seen(Settings other) {
    Settings own = TestSettings.of(1, PEERS, 3001);
    return Differences.of(
        Map.of(SELF, Declaration.of(own, List.of(), 1), OTHER, Declaration.of(other, List.of(), 2)),
        SELF,
        own);
  }
}
