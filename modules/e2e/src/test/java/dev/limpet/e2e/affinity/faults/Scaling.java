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

  private void remove() {
    List<TestedNode> members = site.members();
    TestedNode leaver =
        options.discovery() == Options.Discovery.KUBERNETES
            ? members.getLast()
            : members.get(random.nextInt(members.size()));
    boolean orderly = random.nextInt(3) > 0;
    nemesis.during(
        orderly ? "leave" : "leave-by-death",
        "%s %s for good".formatted(leaver.name(), orderly ? "leaves" : "dies"),
        () -> site.remove(leaver, orderly));
    nemesis.say("%d nodes".formatted(site.members().size()));
  }
}
