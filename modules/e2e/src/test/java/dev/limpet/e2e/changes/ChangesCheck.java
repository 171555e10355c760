package dev.limpet.e2e.changes;

import dev.limpet.e2e.affinity.faults.Nemesis;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One run: operators at all nodes change servers while the nemesis kills, freezes and cuts off
 * nodes and empties their disks. Then all nodes must have the same history, with every change in it
 * that was acknowledged, once.
 */
final class ChangesCheck {

  /** Of the nodes, and not more changes than a history keeps. */
  private static final List<String> USUAL =
      List.of(
          "--backends",
          "2",
          "--rate",
          "20",
          "--faults",
          "kill,freeze,partition,clock,restart,erase");

  private static final Duration UNTIL_THE_SAME = Duration.ofMinutes(1);

  private ChangesCheck() {}

  /** The program behind {@code modules/e2e/check-changes}; exits with 1 after a violation. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options;
    try {
      options = options(List.of(arguments));
    } catch (IllegalArgumentException mistake) {
      System.err.println("check-changes: " + mistake.getMessage());
      System.exit(2);
      return;
    }
    Path parent = Files.createDirectories(Path.of("target", "e2e").toAbsolutePath());
    Path directory = Files.createTempDirectory(parent, "check-changes-");
    ChangesReport report = run(options, directory, System.out::println);
    System.out.println(report);
    System.out.println("logs of the nodes: " + Path.of("").toAbsolutePath().relativize(directory));
    System.exit(report.violations().isEmpty() ? 0 : 1);
  }

  static Options options(List<String> arguments) {
    List<String> all = new ArrayList<>(USUAL);
    all.addAll(arguments);
    return Options.parse(all);
  }

  /**
   * @param directory for logs, settings and journals
   */
  static ChangesReport run(Options options, Path directory, Consumer<String> log)
      throws IOException, InterruptedException {
    log.accept("seed " + options.seed());
    Timeline time = new Timeline();
    SplittableRandom random = new SplittableRandom(options.seed());
    try (Site site = Site.start(options, directory, time, log)) {
      Nemesis nemesis = new Nemesis(site, time, options, log);
      List<Request> requests;
      try (nemesis) {
        Operators operators =
            new Operators(site.nodes(), site.backends(), options.rate(), random.split());
        nemesis.start(random);
        try (operators) {
          Thread.sleep(options.length());
        }
        requests = operators.end();
      }
      return ChangesReport.of(requests, nemesis.counts(), ledgers(site));
    }
  }

  /** What the nodes say, once they say the same, or have had the time for it. */
  private static Map<String, Ledger> ledgers(Site site) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + UNTIL_THE_SAME.toNanos();
    while (true) {
      Map<String, Ledger> ledgers = new HashMap<>();
      IOException failure = null;
      for (TestedNode node : site.nodes()) {
        try {
          ledgers.put(node.name(), Ledger.of(node));
        } catch (IOException e) {
          failure = e;
        }
      }
      boolean late = System.nanoTime() - deadline > 0;
      if (failure == null && (late || new HashSet<>(ledgers.values()).size() == 1)) {
        return ledgers;
      }
      if (late) {
        throw failure;
      }
      Thread.sleep(200);
    }
  }
}
