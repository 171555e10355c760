package dev.limpet.node.certs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.certificates.PemFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CertsCommandTest {

  private final StringWriter said = new StringWriter();

  @TempDir private Path directory;

  @Test
  void aNodeIsAddedLaterAndWhatIsThereStaysAsItIs() throws IOException, GeneralSecurityException {
    Path made = directory.resolve("certs");
    assertThat(init(made, "--days", "30", "edge-1=10.0.0.1,fd00::1")).isZero();
    String key = Files.readString(made.resolve("edge-1.key"));
    assertThat(init(made, "edge-1=10.0.0.9", "edge-2=*.limpet-peers,spiffe://example.org/limpet"))
        .isZero();
    assertThat(said.toString()).contains("left as they are: " + made.resolve("edge-1.crt"));
    assertThat(Files.readString(made.resolve("edge-1.key"))).isEqualTo(key);

    X509Certificate authority = certificate(made, "ca");
    authority.verify(authority.getPublicKey());
    assertThat(authority.getBasicConstraints()).isZero();
    for (String node : List.of("edge-1", "edge-2")) {
      X509Certificate certificate = certificate(made, node);
      certificate.verify(authority.getPublicKey());
      certificate.checkValidity();
      assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
      assertThat(certificate.getExtendedKeyUsage())
          .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
      assertThat(PemFiles.keyOf(certificate, made.resolve(node + ".key")).getAlgorithm())
          .isEqualTo("EC");
    }
    assertThat(certificate(made, "edge-1").getSubjectAlternativeNames().toString())
        .contains("edge-1", "10.0.0.1", "fd00:");
    assertThat(certificate(made, "edge-2").getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .containsExactly("edge-2", "*.limpet-peers", "spiffe://example.org/limpet");
    assertThat(certificate(made, "edge-1").getNotAfter().toInstant())
        .isBefore(Instant.now().plus(Duration.ofDays(31)));
    for (String secret : List.of("ca", "edge-1", "edge-2")) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(made.resolve(secret + ".key"))))
          .isEqualTo("rw-------");
    }
    assertThat(made).as("what it takes meanwhile").isDirectoryNotContaining("glob:**.keytool*");
  }

  @Test
  void whatCannotBeDoneIsSaidAndNothingIsMade() throws IOException {
    assertThat(init(directory, "../x")).isEqualTo(2);
    assertThat(said.toString()).contains("\"../x\" is not a name for a node's files");
    assertThat(init(directory, "edge-1=a.*.peers")).isEqualTo(2);
    assertThat(said.toString()).contains("\"a.*.peers\" is no name of certificates");
    assertThat(directory).isEmptyDirectory();
    Files.writeString(directory.resolve("ca.crt"), "");
    assertThat(init(directory, "edge-1")).isEqualTo(1);
    assertThat(Files.exists(directory.resolve("edge-1.crt"))).isFalse();
  }

  private static X509Certificate certificate(Path made, String name) throws IOException {
    return PemFiles.certificates(made.resolve(name + ".crt")).getFirst();
  }

  private int init(Path where, String... more) {
    CommandLine line = new CommandLine(new CertsCommand());
    line.setOut(new PrintWriter(said));
    line.setErr(new PrintWriter(said));
    String[] arguments = new String[more.length + 3];
    arguments[0] = "init";
    arguments[1] = "--dir";
    arguments[2] = where.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return line.execute(arguments);
  }
}
