package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Has nodes come until there are many, and go until there are as few as at first, again and again,
 * with other faults in between. Those that go are stopped, or die and never come back; with
 * Kubernetes the youngest goes first, as in a StatefulSet.
 */
final class Scaling {

  private final Nemesis nemesis;
  private final Site site;
  private final Options options;
  private final NodeFaults faults;
  private final SplittableRandom random;

  Scaling(Nemesis nemesis, Site site, Options options, NodeFaults faults, SplittableRandom random) {
    this.nemesis = nemesis;
    this.site = site;
    this.options = options;
    this.faults = faults;
    this.random = random;
  }

  void run() {
    boolean growing = true;
    while (nemesis.pause(random.nextInt(500, 3_000))) {
      int size = site.members().size();
      growing = growing ? size < options.most() : size <= options.nodes();
      if (growing) {
        add(Math.min(options.most() - size, random.nextInt(1, 4)));
      } else {
        remove();
      }
      if (random.nextInt(3) == 0) {
        faults.next();
      }
    }
  }

  private void add(int count) {
    boolean unheard = random.nextInt(4) == 0;
    List<String> names = new ArrayList<>();
    nemesis.during(
        "join",
        "%d more nodes%s".formatted(count, unheard ? ", which find nobody at first" : ""),
        () -> {
          site.fail(unheard);
          for (int i = 0; i < count; i++) {
            names.add(site.add().name());
          }
          nemesis.pause(unheard ? random.nextInt(2_000, 6_000) : 0);
          site.fail(false);
        });
    nemesis.say("%s: %d nodes".formatted(String.join(", ", names), site.members().size()));
  }

  /** Several that stop may do so at one time, as Kubernetes has it; of deaths there is one. */
  private void remove() {
    boolean orderly = random.nextInt(3) > 0;
    List<TestedNode> members = new ArrayList<>(site.members());
    int count = orderly ? random.nextInt(1, 4) : 1;
    List<TestedNode> leavers = new ArrayList<>();
    while (leavers.size() < count && members.size() > options.nodes()) {
      leavers.add(
          options.discovery() == Options.Discovery.KUBERNETES
              ? members.removeLast()
              : members.remove(random.nextInt(members.size())));
    }
    String names = String.join(", ", leavers.stream().map(TestedNode::name).toList());
    nemesis.during(
        orderly ? "leave" : "leave-by-death",
        (orderly ? "for good, a stop of " : "for good, kill -9 of ") + names,
        () -> {
          site.remove(leavers, orderly);
          // Two voters of three that never come back are more than a cluster can bear.
          nemesis.pause(orderly ? 0 : Site.SUCCESSION);
        });
    nemesis.say("%d nodes".formatted(site.members().size()));
  }
}
