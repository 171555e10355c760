package dev.limpet.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import org.junit.jupiter.api.Test;

/** Who may see whom; the table is in CONTRIBUTING.md. */
class ModuleRulesTest {

  private static final JavaClasses LIMPET =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.limpet");

  @Test
  void modulesSeeOnlyThoseBelowThem() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("model")
        .definedBy("dev.limpet.model..")
        .layer("certificates")
        .definedBy("dev.limpet.certificates..")
        .layer("settings")
        .definedBy("dev.limpet.settings..")
        .layer("balancing")
        .definedBy("dev.limpet.balancing..")
        .layer("transport")
        .definedBy("dev.limpet.transport..")
        .layer("cluster")
        .definedBy("dev.limpet.cluster..")
        .layer("http")
        .definedBy("dev.limpet.http..")
        .layer("proxy")
        .definedBy("dev.limpet.proxy..")
        .layer("admin")
        .definedBy("dev.limpet.admin..")
        .layer("node")
        .definedBy("dev.limpet.node..")
        .whereLayer("model")
        .mayNotAccessAnyLayer()
        .whereLayer("certificates")
        .mayNotAccessAnyLayer()
        .whereLayer("transport")
        .mayOnlyAccessLayers("model", "certificates")
        .whereLayer("settings")
        .mayOnlyAccessLayers("model", "certificates")
        .whereLayer("balancing")
        .mayOnlyAccessLayers("model")
        .whereLayer("cluster")
        .mayOnlyAccessLayers("model", "certificates")
        .whereLayer("http")
        .mayOnlyAccessLayers("model", "transport")
        .whereLayer("proxy")
        .mayOnlyAccessLayers("model", "balancing", "transport", "http")
        .whereLayer("admin")
        .mayOnlyAccessLayers("model", "cluster")
        .check(LIMPET);
  }

  @Test
  void whatIsPureSeesNoAkka() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.limpet.model..",
            "dev.limpet.certificates..",
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
}
