package dev.limpet.e2e.affinity.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.affinity.faults.Partition.Link;
import dev.limpet.e2e.affinity.faults.Partition.Shape;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PartitionTest {

  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void allShapesButOneDirectionCutBothWays() {
    for (Shape shape : Shape.values()) {
      Set<Link> cut = Partition.of(shape, 5, random).cut();
      assertThat(cut).isNotEmpty();
      assertThat(cut.stream().allMatch(link -> cut.contains(new Link(link.to(), link.from()))))
          .as("%s", shape)
          .isEqualTo(shape != Shape.ONE_DIRECTION);
    }
  }

  @Test
  void eachShapeCutsWhatItSays() {
    assertThat(Partition.of(Shape.ISOLATED, 5, random).cut()).hasSize(2 * 4);
    assertThat(Partition.of(Shape.HALVES, 5, random).cut()).hasSize(2 * 2 * 3);
    assertThat(Partition.of(Shape.BRIDGE, 5, random).cut()).hasSize(2 * 2 * 2);
    assertThat(Partition.of(Shape.ONE_LINK, 5, random).cut()).hasSize(2);
    assertThat(Partition.of(Shape.ONE_DIRECTION, 5, random).cut()).hasSize(4);
  }

  @Test
  void onARingEachNodeSeesAMajorityAndNoTwoTheSame() {
    Set<Link> cut = Partition.of(Shape.MAJORITY_RING, 5, random).cut();
    Set<Set<Integer>> views = new HashSet<>();
    for (int node = 0; node < 5; node++) {
      Set<Integer> seen = new HashSet<>();
      for (int other = 0; other < 5; other++) {
        if (!cut.contains(new Link(node, other))) {
          seen.add(other);
        }
      }
      assertThat(seen).hasSize(3);
      views.add(seen);
    }
    assertThat(views).hasSize(5);
  }

  @Test
  void threeNodesHaveNoRing() {
    assertThat(Partition.of(Shape.MAJORITY_RING, 3, random).cut()).isEmpty();
  }
}
