package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parser takes without a word, and we do not. */
class OutlineTest {

  private static final String REST =
      """
      limpet {
        listeners = { name = http, bind = "127.0.0.1:8080" }
        upstreams.app.servers = { address = "127.0.0.1:3001" }
        hosts = { routes = { path = "/", upstream = app } }
      """;

  @TempDir private Path directory;

  private final List<Problem> warnings = new ArrayList<>();

  private Path write(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Settings read(String text) throws InvalidSettings {
    return SettingsReader.read(write("limpet.conf", text), warnings::add);
  }

  @Test
  void listsOfOneMayBeWrittenAsTheElement() throws Exception {
    Settings settings =
        read(REST + "hosts.names = a.example\nlisteners.trusted-proxies = \"10.0.0.0/8\"\n}\n");
    assertThat(settings.listeners()).hasSize(1);
    assertThat(settings.upstreams().get("app"))
        .isNotNull()
        .extracting(Settings.Upstream::servers)
        .asInstanceOf(LIST)
        .hasSize(1);
    assertThat(settings.hosts().getFirst().names()).containsExactly("a.example");
    assertThat(settings.listeners().getFirst().trustedProxies()).hasSize(1);
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"users.conf\"",
        "include required(file(\"users.conf\"))",
        "limpet { include \"users\" }"
      })
  void anIncludeThatIsNotThereIsAMistake(String include) {
    assertThatThrownBy(() -> read("# first\n" + include + "\n" + REST + "}"))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("limpet.conf:2: include \"users")
        .hasMessageEndingWith("there is no such file beside this one");
  }

  @Test
  void theFileOfABareNameIncludesWhatIsBesideIt() throws Exception {
    Path here = Files.createTempFile(Path.of("").toAbsolutePath(), "bare", ".conf");
    Path other = Files.createTempFile(Path.of("").toAbsolutePath(), "other", ".conf");
    try {
      Files.writeString(here, REST + "}\ninclude \"" + other.getFileName() + "\"\n");
      Files.writeString(other, "limpet.log.level = loud\n");
      assertThatThrownBy(() -> SettingsReader.read(here.getFileName()))
          .hasMessageStartingWith(other.getFileName() + ":1: limpet.log.level: expected one of ");
    } finally {
      Files.delete(here);
      Files.delete(other);
    }
  }

  @Test
  void whatIsWrongInAnIncludedFileIsFoundThere() {
    write("more.conf", "\n\nlimpet.log.level = loud");
    assertThatThrownBy(() -> read(REST + "}\ninclude \"more\""))
        .hasMessageContaining("more.conf:3: limpet.log.level: ");
  }

  @Test
  void aListThatTakesThePlaceOfAnEarlierOneIsWarnedOf() throws Exception {
    Settings settings =
        read(
            REST
                + "}\n# again\nlimpet.hosts = [ { routes = [ { path = \"/x\", upstream = app } ] } ]");
    assertThat(settings.hosts()).hasSize(1);
    assertThat(warnings).isEmpty();
    warnings.clear();
    String hosts = "hosts = [ { routes = [ { path = \"/\", upstream = app } ] } ]";
    read(REST + hosts + "\n}\nlimpet { " + hosts + " }");
    assertThat(warnings)
        .extracting(Problem::toString)
        .containsExactly(
            directory.resolve("limpet.conf")
                + ":7: limpet.hosts: takes the place of the list in line 5");
  }

  @Test
  void listsThatAreAddedToAndSuchInTextAndCommentsAreNoMistake() throws Exception {
    read(
        REST
            + """
              upstreams.b.servers = [ { address = "127.0.0.1:1" } ] # upstreams.b.servers = [ ]
              upstreams.b.servers += { address = "127.0.0.1:2" }
              upstreams.c.servers = [ { address = "127.0.0.1:1" } ]
              upstreams.c.servers = ${limpet.upstreams.c.servers} [ { address = "127.0.0.1:2" } ]
              // include "nothing.conf"
              upstreams.b.affinity.by = [ cookie ], upstreams.c.affinity { by = [ ip ] }
            }
            other { text = \"\"\"
              limpet.hosts = [ ], include "no"
            \"\"\" }
            """);
    assertThat(warnings).isEmpty();
  }

  @Test
  void bracketsWithoutEndAreNamedAndNotEnteredOneByOne() {
    assertThatThrownBy(() -> read("limpet {\n a = " + "[".repeat(20_000)))
        .hasMessageEndingWith(":2: more than 100 brackets are open; is one not closed?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:1", "a:1 b:1 c:1"})
  void oddNumbersOfPeersAreFine(String peers) throws Exception {
    read(REST + "cluster { bind = \"a:1\", insecure = on, peers = [ " + quoted(peers) + " ] }\n}");
    assertThat(warnings).isEmpty();
  }

  @Test
  void anEvenNumberOfPeersIsWarnedOf() throws Exception {
    read(
        REST
            + "cluster { bind = \"a:1\", insecure = on, peers = [ "
            + quoted("a:1 b:1")
            + " ] }\n}");
    read(
        REST
            + "cluster { bind = \"a:1\", insecure = on, peers = [ "
            + quoted("a:1 b:1 c:1 d:1")
            + " ] }\n}");
    assertThat(warnings)
        .extracting(Problem::message)
        .containsExactly(
            "when one of two nodes dies, the other has no majority; run one, or three",
            "4 nodes bear no more deaths than 3 do; an odd number is better");
  }

  private static String quoted(String words) {
    return "\"" + words.replace(" ", "\", \"") + "\"";
  }
}
