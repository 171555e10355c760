package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpServer;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  static List<Path> shippedSettings() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "..", "config"))) {
      return files.filter(file -> file.toString().endsWith(".conf")).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("shippedSettings")
  void everyShippedConfigurationIsValid(Path file) throws IOException {
    Path copy = Files.copy(file, directory.resolve(file.getFileName()));
    // Some of them want their users to make one.
    TestCertificate certificate = TestCertificate.create(directory.resolve("tls"), "dns:localhost");
    Files.copy(certificate.chain(), directory.resolve("localhost.crt"));
    Files.copy(certificate.key(), directory.resolve("localhost.key"));
    assertThat(run("check", copy.toString())).isZero();
    assertThat(out.toString()).contains(": ok (");
  }

  @Test
  void aKeyThatOthersCanReadIsWarnedOf() throws IOException {
    TestCertificate certificate = TestCertificate.create(directory.resolve("tls"), "dns:localhost");
    Path settings =
        write(
            """
            limpet {
              listeners = [ { name = https, bind = "127.0.0.1:8443",
                tls.certificates = [ { certificate = "%s", key = "%s" } ] } ]
              upstreams.app.servers = [ { address = "127.0.0.1:3001" } ]
              hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
            }
            """
                .formatted(certificate.chain(), certificate.key()));
    Files.setPosixFilePermissions(certificate.key(), PosixFilePermissions.fromString("rw-r-----"));
    assertThat(run("check", settings.toString())).isZero();
    assertThat(err.toString())
        .contains("warning: ", certificate.key() + ": ", "rw-r-----", "chmod 600");
    err.getBuffer().setLength(0);
    Files.setPosixFilePermissions(certificate.key(), PosixFilePermissions.fromString("rw-------"));
    assertThat(run("check", settings.toString())).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void fiveMistakesAreFiveMessagesEachWithItsLine() {
    Path file =
        write(
            """
            limpet {
              listeners = [ { name = http, bind = "127.0.0.1:99999" } ]
              upstreams.app {
                servers = [ { adress = "127.0.0.1:3001" } ]
                balance = fastest
                timeouts.connect = soon
              }
              hosts = [ { routes = [ { path = "/", upstream = ap } ] } ]
            }
            """);
    assertThat(run("check", file.toString())).isEqualTo(2);
    for (int line : List.of(2, 4, 5, 6, 8)) {
      assertThat(err.toString()).contains(file + ":" + line + ":");
    }
    assertThat(err.toString())
        .contains("99999", "adress", "address", "fastest", "soon", "\"ap\"", "app");
  }

  @ParameterizedTest
  @CsvSource({
    "-40d, 10, has expired at ",
    "+2d, 90, is not valid before ",
    "-1d, 20, expires at ",
    "-1d, 90, ''"
  })
  void certificatesAreWarnedOfByTheirDates(String from, int days, String said) throws IOException {
    TestCertificate own =
        TestCertificate.create(directory.resolve("tls"), from, days, "dns:a.example");
    Files.setPosixFilePermissions(own.key(), PosixFilePermissions.fromString("rw-------"));
    Path file = write(withCertificate(own.chain(), own.key()));
    assertThat(run("check", file.toString())).isZero();
    assertThat(run("check", "--strict", file.toString())).isEqualTo(said.isEmpty() ? 0 : 2);
    if (said.isEmpty()) {
      assertThat(err.toString()).isEmpty();
    } else {
      assertThat(err.toString())
          .contains(
              "warning: " + file + ":3: limpet.listeners.tls.certificates.certificate: ",
              "the certificate of CN=test " + said);
    }
  }

  @Test
  void theClustersCertificatesAreLookedIntoAsWell() throws IOException {
    TestCertificate own =
        TestCertificate.create(directory.resolve("tls"), "-1d", 20, "dns:a.example");
    Files.setPosixFilePermissions(own.key(), PosixFilePermissions.fromString("rw-r--r--"));
    String good =
        """
        limpet {
          listeners = { name = http, bind = "127.0.0.1:8080" }
          upstreams.app.servers = { address = "127.0.0.1:3001" }
          hosts = { routes = { path = "/", upstream = app } }
          cluster.tls { certificate = "%s", key = "%s", ca = "%s" }
        }
        """;
    assertThat(run("check", write(good.formatted(own.chain(), own.key(), own.chain())).toString()))
        .isZero();
    assertThat(err.toString())
        .contains(
            ":5: limpet.cluster.tls.certificate: "
                + own.chain()
                + ": the certificate of CN=test expires at ",
            ":5: limpet.cluster.tls.ca: "
                + own.chain()
                + ": the certificate of CN=test expires at ",
            own.key() + ": this private key can be read by others");
    Path swapped = write(good.formatted(own.key(), own.chain(), own.key()));
    assertThat(run("check", swapped.toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            swapped + ":5: limpet.cluster.tls.certificate: " + own.key() + ": holds a private key",
            swapped + ":5: limpet.cluster.tls.ca: " + own.key() + ": holds a private key");
  }

  @Test
  void certificateAndKeyThatAreSwappedAreCalledThat() {
    TestCertificate own = TestCertificate.create(directory.resolve("tls"), "dns:a.example");
    Path file = write(withCertificate(own.key(), own.chain()));
    assertThat(run("check", file.toString())).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "%s:3: limpet.listeners.tls.certificates.certificate: %s: holds a private key where"
                    .formatted(file, own.key())
                + " the certificate should be; are the two swapped?\n");
  }

  private static String withCertificate(Path chain, Path key) {
    return """
        limpet {
          listeners = { name = https, bind = "127.0.0.1:8443", tls.certificates = {
            certificate = "%s", key = "%s" } }
          upstreams.app.servers = { address = "127.0.0.1:3001" }
          hosts = { routes = { path = "/", upstream = app } }
        }
        """
        .formatted(chain, key);
  }

  @Test
  void runReportsTheSameMistakesInsteadOfStarting() {
    Path file = write("limpet { listners = [] }");
    assertThat(run("run", "--config", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("listners").contains("listeners");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThat(run("check", "nowhere.conf")).isEqualTo(2);
    assertThat(err.toString()).contains("nowhere.conf");
  }

  @Test
  void statusOfNothingSaysWhereItLooked() {
    int closed = Ports.free();
    assertThat(run("status", "--node", "http://127.0.0.1:" + closed)).isEqualTo(1);
    assertThat(err.toString()).contains("127.0.0.1:" + closed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ht tp://x", "http://", "ftp://127.0.0.1:1", "127.0.0.1:port"})
  void whatIsNoAddressIsCalledThat(String admin) {
    assertThat(run("status", "--node", admin)).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("--node: \"" + admin + "\" is not an address; write 127.0.0.1:9080");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "0 | `{%s'ready':true}, 'upstreams':{'app':{'servers':[{'id':'app/a:1','health':'up','state':'up'}]}}}`",
        "3 | `{%s'ready':false,'waitingFor':'peers'}, 'upstreams':{}}`",
        "4 | `{%s'ready':true}, 'upstreams':{'app':{'servers':[{'id':'app/a:1','health':'dead','state':'up'}]}}}`",
        "4 | `{%s'ready':true}, 'upstreams':{'app':{'servers':[]}}}`",
        "1 | `{'hello':'world'}`",
        "1 | `<html>hello</html>`"
      })
  void statusEndsWithWhatItFinds(int exit, String answer) throws IOException {
    HttpServer node =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] body =
        answer
            .formatted("'node':{'name':'edge-1',")
            .replace('\'', '"')
            .getBytes(StandardCharsets.UTF_8);
    node.createContext(
        "/",
        asked -> {
          asked.sendResponseHeaders(200, body.length);
          asked.getResponseBody().write(body);
          asked.close();
        });
    node.start();
    try {
      assertThat(run("status", "--node", "127.0.0.1:" + node.getAddress().getPort()))
          .isEqualTo(exit);
      if (exit == 1) {
        assertThat(err.toString()).contains("is not a node's admin API");
        assertThat(out.toString()).isEmpty();
      } else {
        assertThat(out.toString())
            .contains("edge-1 is ", answer.contains("[]") ? "has no servers" : "");
      }
    } finally {
      node.stop(0);
    }
  }

  @Test
  void everyCommandHasHelp() {
    for (CommandLine command : Main.commandLine().getSubcommands().values()) {
      assertThat(run(command.getCommandName(), "--help")).as(command.getCommandName()).isZero();
      assertThat(out.toString()).contains("Usage: limpet " + command.getCommandName());
    }
    assertThat(run("demo", "start", "--help")).isZero();
  }

  @Test
  void tooFewOpenFilesForTheClientsAreNamed() {
    assertThat(StartupLog.tooFewFiles(10_000, 1024))
        .isEqualTo(
            "1024 open files are too few for the 10000 clients that max-connections allows, which may"
                + " need 20200: raise ulimit -n, or set max-connections to 412");
    assertThat(StartupLog.tooFewFiles(10_000, 65_536)).isEmpty();
  }

  @Test
  void helpShowsEveryCommandAndExamples() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("run", "check", "status", "demo", "version", "Examples")
        .doesNotContain("rehearse");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limpet sta | status",
        "limpet sessions --up | --upstream",
        "limpet sessions --by so | socket-io",
        "limpet demo start --h | --help",
        "limpet reh | ''"
      })
  void theShellCompletesWordsByTheScript(String typed, String completed) throws Exception {
    assumeThat(Path.of("/bin/bash")).isExecutable();
    assertThat(run("completion")).isZero();
    Path script = Files.writeString(directory.resolve("limpet.bash"), out.toString());
    Process bash =
        new ProcessBuilder(
                "/bin/bash",
                "-euc",
                "bash -n $0; set +u; source $0; complete -p limpet; COMP_LINE=$1; COMP_POINT=${#1};"
                    + " COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
                    + " _complete_limpet 2>/dev/null || true; echo \"[${COMPREPLY[*]}]\"",
                script.toString(),
                typed)
            .redirectErrorStream(true)
            .start();
    assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
        .containsExactly("complete -o default -F _complete_limpet limpet", "[" + completed + "]");
    assertThat(bash.waitFor()).isZero();
  }

  @Test
  void aMistypedCommandIsAnsweredWithTheNearestOne() {
    assertThat(run("chek")).isEqualTo(2);
    assertThat(err.toString()).contains("check");
  }

  private int run(String... arguments) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }

  private Path write(String settings) {
    try {
      return Files.writeString(directory.resolve("limpet.conf"), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
