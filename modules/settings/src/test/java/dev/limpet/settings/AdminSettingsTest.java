package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may use the admin listener, as the file says it. */
class AdminSettingsTest {

  private static final TokenHash HASH =
      TokenHash.of(TokenHash.newToken(new SecureRandom())).orElseThrow();

  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();

  @Test
  void aFileOfTokensIsEnoughForAnyAddressAndClearTextIsWarnedOf() throws Exception {
    Path tokens = tokens("# ours\n\nops  admin " + HASH.written() + "\n");
    Admin admin = read("bind = \"10.0.0.1:9080\", tokens-file = " + tokens.getFileName());
    assertThat(admin.tokensFile()).contains(tokens);
    assertThat(warnings).singleElement().asString().contains("clear text", "10.0.0.1:9080");
  }

  @Test
  void aFileOfTokensThatOthersMayReadIsWarnedOf() throws Exception {
    Path tokens = tokens("ops admin " + HASH.written());
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-r--r--"));
    read("tokens-file = tokens");
    assertThat(warnings).singleElement().asString().contains("chmod 600");
  }

  @Test
  void mistakesInAFileOfTokensAreNamedAndNotRepeated() throws Exception {
    tokens("ops admin " + HASH.written() + "\nops read " + HASH.written());
    assertThat(mistake("tokens-file = tokens"))
        .contains("limpet.admin.tokens-file", "line 2: another token of the name ops");
    tokens("ops admin hunter2");
    assertThat(mistake("tokens-file = tokens")).contains("line 1").doesNotContain("hunter2");
    tokens("ops root " + HASH.written());
    assertThat(mistake("tokens-file = tokens")).contains("line 1: a role is read, write or admin");
    tokens("ops admin " + HASH.written());
    assertThat(
            mistake(
                "tokens-file = tokens, tokens = [ { name = ops, role = read, hash = \""
                    + HASH.written()
                    + "\" } ]"))
        .contains("a token of admin.tokens is called ops, too");
  }

  @Test
  void clientsWithCertificatesAreEnoughToo() throws Exception {
    TestCertificate own = TestCertificate.create(directory.resolve("tls"), "dns:edge");
    String tls = "tls { certificate = tls/own.crt, key = tls/own.key, %s }";
    String ca = "client-ca = tls/own.crt, clients = [ { subject = alice, role = write } ]";
    Admin admin = read("bind = \"10.0.0.1:9080\", " + tls.formatted(ca));
    assertThat(admin.tls().orElseThrow().clients())
        .containsExactly(new Admin.Client("alice", Admin.Role.WRITE));
    assertThat(admin.tls().orElseThrow().otherClients()).isEmpty();
    assertThat(admin.files()).containsExactly(own.chain(), own.key(), own.chain());
    assertThat(mistake(tls.formatted("clients = [ { subject = alice, role = write } ]")))
        .contains("client-ca names the authority");
    assertThat(mistake(tls.formatted("client-ca = tls/own.crt"))).contains("or set other-clients");
    assertThat(mistake("bind = \"10.0.0.1:9080\", " + tls.formatted("")))
        .contains("can be reached from other machines");
    assertThat(read(tls.formatted("client-ca = tls/own.crt, other-clients = read")).tls())
        .map(Admin.Tls::otherClients)
        .contains(Optional.of(Admin.Role.READ));
  }

  private Path tokens(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("tokens"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private Path settings(String admin) {
    try {
      return Files.writeString(
          directory.resolve("limpet.conf"),
          """
          limpet {
            listeners = [ { name = http, bind = "127.0.0.1:8080" } ]
            upstreams.app.servers = [ { address = "127.0.0.1:3000" } ]
            hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
            admin { %s }
          }
          """
              .formatted(admin));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Admin read(String admin) throws InvalidSettings {
    warnings.clear();
    return SettingsReader.read(settings(admin), warning -> warnings.add(warning.toString()))
        .admin()
        .orElseThrow();
  }

  private String mistake(String admin) {
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(settings(admin)));
    assertThat(invalid.problems()).hasSize(1);
    return invalid.problems().stream().map(Problem::toString).findFirst().orElseThrow();
  }
}
