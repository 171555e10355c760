package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedNode;
import dev.limpet.e2e.fixture.LimpetNode;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Stops one node after the other and starts it again with what has been built, once all are Ready;
 * and then the same way back to the older version, as operators do who do not like what they see.
 * Now and then there is another fault in between.
 */
final class Upgrade {

  private final Nemesis nemesis;
  private final Site site;
  private final Path older;
  private final NodeFaults faults;
  private final SplittableRandom random;

  Upgrade(Nemesis nemesis, Site site, Options options, NodeFaults faults, SplittableRandom random) {
    this.nemesis = nemesis;
    this.site = site;
    this.older = options.from().orElseThrow();
    this.faults = faults;
    this.random = random;
  }

  void run() {
    while (replaceAll("upgrade", LimpetNode.DISTRIBUTION) && replaceAll("back", older)) {
      nemesis.say("all nodes have been upgraded, and back");
    }
  }

  /** Returns false if the run is over. */
  private boolean replaceAll(String kind, Path distribution) {
    for (TestedNode node : site.members()) {
      if (!nemesis.pause(random.nextInt(2_000, 5_000))) {
        return false;
      }
      nemesis.during(
          kind,
          "%s of %s".formatted(kind, node.name()),
          () -> {
            node.stop();
            node.runFrom(distribution);
            site.restart(node);
          });
      if (random.nextInt(3) == 0) {
        faults.next();
      }
    }
    return true;
  }
}
