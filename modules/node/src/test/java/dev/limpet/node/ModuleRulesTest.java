package dev.limpet.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may see whom: the map in CONTRIBUTING.md is what is held here. */
class ModuleRulesTest {

  private static final JavaClasses LIMPET =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.limpet");

  private static final String ROOT = "dev.limpet.";
  private static final Path TREE = Path.of("..", "..").toAbsolutePath().normalize();

  /** A row of the map: a package or module, what it is, and the packages and modules it may see. */
  private static final Pattern ROW = Pattern.compile("\\| `([a-z0-9.]+)` \\|[^|]+\\| ([^|]+) \\|");

  private static final Map<String, List<String>> MAY_SEE = map();

  private static final Pattern NAME = Pattern.compile("`([A-Z][a-z]+[A-Z]\\w*)(?:[.](\\w+))?`");

  @Test
  void theMapHasEachPackage() {
    assertThat(LIMPET)
        .extracting(ModuleRulesTest::room)
        .allSatisfy(room -> assertThat(MAY_SEE).containsKey(room));
    assertThat(MAY_SEE.keySet()).isSubsetOf(LIMPET.stream().map(ModuleRulesTest::room).toList());
  }

  @Test
  void packagesSeeOnlyWhatTheMapSays() {
    noClasses()
        .should(
            new ArchCondition<JavaClass>("see packages that the map does not name") {
              @Override
              public void check(JavaClass seer, ConditionEvents events) {
                seer.getDirectDependenciesFromSelf().stream()
                    .filter(use -> use.getTargetClass().getPackageName().startsWith(ROOT))
                    .filter(use -> !maySee(room(seer), room(use.getTargetClass())))
                    .forEach(
                        use ->
                            events.add(SimpleConditionEvent.satisfied(use, use.getDescription())));
              }
            })
        .check(LIMPET);
  }

  @Test
  void noPackagesSeeEachOther() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(LIMPET);
  }

  @Test
  void packagesAndFilesAreOfASizeThatOneCanRead() throws IOException {
    Map<Path, Integer> lines = new TreeMap<>();
    Map<Path, Integer> files = new TreeMap<>();
    for (Path source : sources()) {
      lines.put(source, Files.readAllLines(source).size());
      files.merge(source.resolveSibling(""), 1, Integer::sum);
    }
    assertThat(lines).isNotEmpty();
    lines.values().removeIf(count -> count <= 400);
    files.values().removeIf(count -> count < 25);
    assertThat(lines).isEmpty();
    assertThat(files).isEmpty();
  }

  /** Names of a single hump, such as {@code Host}, may be anything. */
  @Test
  void internalsNameClassesAndMembersAsTheyAre() throws IOException {
    StringBuilder code = new StringBuilder();
    for (Path source : sources()) {
      code.append(Files.readString(source));
    }
    Set<String> words =
        Pattern.compile("\\w+").matcher(code).results().map(MatchResult::group).collect(toSet());
    Set<String> types =
        Pattern.compile("\\b(?:class|record|interface|enum) (\\w+)")
            .matcher(code)
            .results()
            .map(type -> type.group(1))
            .collect(toSet());
    String internals = Files.readString(TREE.resolve("docs/internals.md"));
    assertThat(NAME.matcher(internals).results())
        .isNotEmpty()
        .allSatisfy(
            name -> {
              assertThat(types).contains(name.group(1));
              assertThat(words).contains(name.group(name.group(2) == null ? 1 : 2));
            });
  }

  @Test
  void whatIsPureSeesNoAkka() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.limpet.model..",
            "dev.limpet.certificates..",
            "dev.limpet.kubernetes..",
            "dev.limpet.settings..",
            "dev.limpet.balancing..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("akka..", "io.netty..")
        .check(LIMPET);
  }

  @Test
  void nettyIsSeenInTheDataPlaneOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.limpet.transport..", "dev.limpet.http.hpack..", "dev.limpet.proxy..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(LIMPET);
  }

  @Test
  void akkaHttpsInsidesAreSeenInHttpOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.limpet.http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("akka.http.impl..")
        .check(LIMPET);
  }

  @Test
  void akkaStreamsInsidesAreSeenInOneClassOnly() {
    noClasses()
        .that()
        .haveNameNotMatching("dev\\.limpet\\.transport\\.loop\\.EventLoopDispatcher.*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("akka.stream.impl..")
        .check(LIMPET);
  }

  /** A loop swallows what its tasks throw. */
  @Test
  void tasksAreGivenToALoopWhereWhatTheyThrowIsNotLost() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.limpet.transport.loop.Loop")
        .and()
        .haveNameNotMatching("dev\\.limpet\\.transport\\.loop\\.EventLoopDispatcher.*")
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "gives a task to an event loop by itself",
                call ->
                    call.getTargetOwner()
                            .isAssignableTo("io.netty.util.concurrent.EventExecutorGroup")
                        && call.getName().matches("execute|submit|schedule.*")))
        .check(LIMPET);
  }

  @Test
  void theReplicatorIsSeenInClusterOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.limpet.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("akka.cluster.ddata..")
        .check(LIMPET);
  }

  private static boolean maySee(String seer, String seen) {
    return seer.equals(seen)
        || MAY_SEE.getOrDefault(seer, List.of()).stream()
            .anyMatch(name -> seen.equals(name) || seen.startsWith(name + "."));
  }

  /** The name of a class's package in the map. */
  private static String room(JavaClass type) {
    return type.getPackageName().substring(ROOT.length());
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> all = Files.walk(TREE.resolve("modules"))) {
      return all.filter(path -> path.toString().matches(".*/src/(main|test)/java/.*[.]java"))
          .toList();
    }
  }

  private static Map<String, List<String>> map() {
    Map<String, List<String>> map = new TreeMap<>();
    try (Stream<String> lines = Files.lines(TREE.resolve("CONTRIBUTING.md"))) {
      lines
          .map(ROW::matcher)
          .filter(Matcher::matches)
          .forEach(row -> map.put(row.group(1), List.of(row.group(2).split(", "))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return map;
  }
}
