package dev.limpet.e2e.affinity;

import dev.limpet.e2e.affinity.faults.Nemesis;
import dev.limpet.e2e.affinity.history.History;
import dev.limpet.e2e.affinity.history.NodeLife;
import dev.limpet.e2e.affinity.history.Op;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.load.Load;
import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One run: starts a site, lets clients and the nemesis at it, and checks what came of it. */
final class AffinityCheck {

  private AffinityCheck() {}

  /** The program behind {@code modules/e2e/check-affinity}; exits with 1 after a violation. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options = options(List.of(arguments));
    Path parent = Files.createDirectories(Path.of("target", "e2e").toAbsolutePath());
    Path directory = Files.createTempDirectory(parent, "check-affinity-");
    Report report = run(options, directory, System.out::println);
    System.out.println(report);
    System.out.println("logs of the nodes: " + Path.of("").toAbsolutePath().relativize(directory));
    options.json().ifPresent(report::write);
    System.exit(report.violations().isEmpty() ? 0 : 1);
  }

  /**
   * @param directory for logs and settings
   */
  static Report run(Options options, Path directory, Consumer<String> log)
      throws InterruptedException {
    log.accept("seed " + options.seed());
    Timeline time = new Timeline();
    List<String> skipped = new ArrayList<>();
    Consumer<String> skip = what -> skipped.add(say(log, what));
    SplittableRandom random = new SplittableRandom(options.seed());
    try (Site site = Site.start(options, directory, time, skip)) {
      List<Op> ops;
      Nemesis nemesis = new Nemesis(site, time, options, log);
      try (nemesis) {
        Load load = new Load(site, time, options.rate(), random.split());
        nemesis.start(random);
        ops = load.run(time.now() + options.length().toNanos());
      }
      return Report.of(options, history(site, nemesis, ops), nemesis.counts(), skipped);
    }
  }

  private static History history(Site site, Nemesis nemesis, List<Op> ops) {
    Map<String, NodeLife> nodes = new HashMap<>();
    site.nodes().forEach(node -> nodes.put(node.name(), node.life()));
    return new History(
        ops,
        nodes,
        site.backends().stream().map(TestedBackend::name).collect(Collectors.toSet()),
        site.backends().stream().flatMap(backend -> backend.outages().stream()).toList(),
        nemesis.nodeFaults(),
        site.nodes().stream().flatMap(node -> node.ended().stream()).toList());
  }

  private static Options options(List<String> arguments) {
    try {
      return Options.parse(arguments);
    } catch (IllegalArgumentException mistake) {
      System.err.println("check-affinity: " + mistake.getMessage());
      System.exit(2);
      throw mistake;
    }
  }

  private static String say(Consumer<String> log, String what) {
    log.accept(what);
    return what;
  }
}
