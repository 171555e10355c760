package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.Certificate;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The HTTP/2 conformance suite <a href="https://github.com/summerwind/h2spec">h2spec</a>, strict
 * cases included, through a cluster in front of two servers.
 */
class H2SpecTest {

  /** Cases that may fail, and why: section and title as the report has them. */
  private static final Map<String, String> EXCEPTIONS = Map.of();

  private static final int CASES = 146;

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();
  private static Path h2spec;

  @BeforeAll
  static void startAll() {
    h2spec = program();
    backends.add(new ChatBackend("backend-1", directory));
    backends.add(new ChatBackend("backend-2", directory));
    nodes.addAll(LimpetNode.cluster(3, directory, backends, Certificate.create(directory), ""));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @ParameterizedTest(name = "node {0}, TLS: {1}")
  @CsvSource({"1, false", "2, true", "3, true"})
  void everyCasePassesThatIsNotAnException(int number, boolean tls) throws Exception {
    LimpetNode node = nodes.get(number - 1);
    Path report = directory.resolve("h2spec-" + number + ".xml");
    List<String> command = new ArrayList<>(List.of(h2spec.toString(), "--strict"));
    command.addAll(List.of("--host", "127.0.0.1", "--timeout", "5"));
    command.addAll(List.of("--port", Integer.toString(tls ? node.tlsPort() : node.port())));
    command.addAll(List.of("--path", "/bytes?n=200", "--junit-report", report.toString()));
    if (tls) {
      command.addAll(List.of("--tls", "--insecure"));
    }
    try (Child run = Child.start("h2spec-" + number, directory, command, Map.of())) {
      run.awaitExit();
      List<String> failed = new ArrayList<>();
      assertThat(read(report, failed)).as("cases\n%s", run.output()).isEqualTo(CASES);
      assertThat(failed)
          .as("%s", run.output())
          .containsExactlyInAnyOrderElementsOf(EXCEPTIONS.keySet());
    }
    assertThat(node.process().output()).doesNotContainPattern("Z ERROR ");
  }

  /** How many cases there are; those that have not passed are added to {@code failed}. */
  private static int read(Path report, List<String> failed) throws Exception {
    NodeList cases =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(report.toFile())
            .getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element each = (Element) cases.item(i);
      boolean passed =
          Stream.of("failure", "error", "skipped")
              .allMatch(tag -> each.getElementsByTagName(tag).getLength() == 0);
      if (!passed) {
        failed.add(each.getAttribute("package") + " " + each.getAttribute("classname"));
      }
    }
    return cases.getLength();
  }

  /** The build has unpacked it for Linux, Windows and macOS, each on x86-64. */
  private static Path program() {
    Path packed =
        Path.of("target", "h2spec", "2.2.0", "h2spec_linux_amd64.tar.gz").toAbsolutePath();
    String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    Assumptions.assumeTrue(
        machine.toLowerCase(Locale.ROOT).equals("linux amd64"), "no h2spec for " + machine);
    try {
      Path unpacked = Files.createDirectories(directory.resolve("h2spec"));
      try (Child tar =
          Child.start(
              "tar",
              directory,
              List.of("tar", "-xzf", packed.toString(), "-C", unpacked.toString()),
              Map.of())) {
        assertThat(tar.awaitExit()).as("%s", tar.output()).isZero();
      }
      return unpacked.resolve("h2spec");
    } catch (IOException e) {
      throw new IllegalStateException("cannot unpack h2spec", e);
    }
  }
}
