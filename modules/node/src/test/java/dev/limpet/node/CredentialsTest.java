package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.secret.TokenHash;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Commands that show a node who they are, and a node that asks. */
class CredentialsTest {

  /** Exit codes. */
  private static final int NO_ANSWER = 1;

  private static final int NOT_ALLOWED = 8;

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aNodeLetsInWhomItsSettingsName() throws Exception {
    TestCertificate node = TestCertificate.create(directory.resolve("tls"), "ip:127.0.0.1");
    TestCertificate alice = TestCertificate.create(directory.resolve("alice"), "dns:alice");
    Path reader = token("grafana", "read");
    Path operator = token("ops", "admin");
    String tls =
        """
        certificate = "%s", key = "%s", client-ca = "%s"
        clients = [ { subject = alice, role = read } ]
        """
            .formatted(node.chain(), node.key(), alice.chain());
    int admin = Ports.free();
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      Process process =
          NodeProcess.start(directory, 0, origin.port(), admin, settings(tls, reader, operator));
      Supplier<String> log = NodeProcess.output(process);
      try {
        await().until(() -> log.get().contains("edge-1 is ready"));
        String at = "127.0.0.1:" + admin;
        String ca = node.chain().toString();
        assertThat(run("status", "--node", at, "--ca", ca)).isEqualTo(NOT_ALLOWED);
        assertThat(err.toString()).contains("asks for a token: set LIMPET_TOKEN");
        assertThat(run("status", "--node", at, "--ca", ca, "--token-file", reader.toString()))
            .as(err.toString())
            .isZero();
        assertThat(out.toString()).contains("edge-1 is ready");
        assertThat(run("reload", "--node", at, "--ca", ca, "--token-file", reader.toString()))
            .isEqualTo(NOT_ALLOWED);
        assertThat(err.toString()).contains("grafana has the role read, and this takes admin");
        assertThat(
                run(
                    "status",
                    "--node",
                    at,
                    "--ca",
                    ca,
                    "--cert",
                    alice.chain().toString(),
                    "--key",
                    alice.key().toString()))
            .as(err.toString())
            .isZero();
        assertThat(run("status", "--node", "https://" + at)).isEqualTo(NO_ANSWER);
        assertThat(err.toString()).contains("--ca FILE names one's own");

        Path file = directory.resolve("limpet.conf");
        String before = settings(tls, reader, operator);
        String after = settings(tls, token("other", "read"), operator);
        Files.writeString(file, Files.readString(file).replace(before, after));
        assertThat(run("reload", "--node", at, "--ca", ca, "--token-file", operator.toString()))
            .as(err.toString())
            .isZero();
        assertThat(out.toString())
            .contains("admin.tokens[grafana]: removed", "admin.tokens[other]: added");
        assertThat(run("status", "--node", at, "--ca", ca, "--token-file", reader.toString()))
            .isEqualTo(NOT_ALLOWED);
        assertThat(err.toString()).contains("does not let this token in");
        await().until(() -> log.get().contains("ops at 127.0.0.1 has the settings read again"));
        assertThat(log.get()).doesNotContain("limpet_", "sha256:");
        assertThat(out.toString() + err).doesNotContain("limpet_", "sha256:");
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void aTokenIsPrintedOnceAndItsHashIsForTheSettings() {
    assertThat(run("token", "alice", "--role", "admin")).isZero();
    TokenHash hash = TokenHash.of(out.toString().strip()).orElseThrow();
    assertThat(err.toString())
        .contains(
            "{ name = \"alice\", role = admin, hash = \"" + hash.written() + "\" }",
            "alice admin " + hash.written())
        .doesNotContain(out.toString().strip());
    assertThat(run("token", "a b", "--role", "admin")).isEqualTo(2);
    assertThat(run("token", "alice", "--role", "root")).isEqualTo(2);
    assertThat(run("token", "alice")).isEqualTo(2);
  }

  @Test
  void aFileWithoutATokenIsNamed() throws IOException {
    Path empty = Files.writeString(directory.resolve("empty"), "\n");
    assertThat(run("status", "--token-file", empty.toString())).isEqualTo(NO_ANSWER);
    assertThat(err.toString()).contains(empty + ": there is no token in it");
    Path two = Files.writeString(directory.resolve("two"), "one\ntwo\n");
    assertThat(run("status", "--token-file", two.toString())).isEqualTo(NO_ANSWER);
    assertThat(err.toString()).contains(two + ": the token is not one word");
    assertThat(run("status", "--cert", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("--cert and --key go together");
  }

  /** Makes a token, in a file of its name. */
  private Path token(String name, String role) throws IOException {
    out.getBuffer().setLength(0);
    run("token", name, "--role", role);
    Path file = Files.writeString(directory.resolve(name), out.toString());
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return file;
  }

  private static String settings(String tls, Path reader, Path operator) throws IOException {
    return "admin { tls { %s }, tokens = [ %s, %s ] }"
        .formatted(tls, line(reader, "read"), line(operator, "admin"));
  }

  private static String line(Path token, String role) throws IOException {
    TokenHash hash = TokenHash.of(Files.readString(token).strip()).orElseThrow();
    return "{ name = %s, role = %s, hash = \"%s\" }"
        .formatted(token.getFileName(), role, hash.written());
  }

  private int run(String... arguments) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }
}
