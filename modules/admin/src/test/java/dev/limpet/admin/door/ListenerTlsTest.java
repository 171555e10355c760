package dev.limpet.admin.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.TlsContexts;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.Admin.Role;
import dev.limpet.model.settings.Settings;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin listener's TLS, and the certificates that clients show. */
class ListenerTlsTest {

  private static final String READER = TokenHash.newToken(new SecureRandom());

  @TempDir static Path made;

  private static TestCertificate server;
  private static TestCertificate next;
  private static TestCertificate alice;
  private static TestCertificate bob;
  private static TestCertificate stranger;

  @TempDir Path directory;

  private TestDoor door;

  @BeforeAll
  static void make() {
    server = TestCertificate.create(made.resolve("server"), "ip:127.0.0.1");
    next = TestCertificate.create(made.resolve("next"), "ip:127.0.0.1");
    alice = TestCertificate.create(made.resolve("alice"), "email:alice@limpet.test");
    bob = TestCertificate.create(made.resolve("bob"), "dns:bob.limpet.test");
    stranger = TestCertificate.create(made.resolve("stranger"), "dns:bob.limpet.test");
  }

  @BeforeEach
  void open() throws IOException {
    show(server);
    door = TestDoor.open(settings(Optional.empty()));
  }

  @AfterEach
  void close() {
    door.close();
  }

  private void show(TestCertificate certificate) throws IOException {
    Files.copy(certificate.key(), directory.resolve("key"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        certificate.chain(), directory.resolve("chain"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Admin settings(Optional<Role> others) throws IOException {
    Path authorities = directory.resolve("authorities.crt");
    Files.writeString(authorities, Files.readString(alice.chain()) + Files.readString(bob.chain()));
    return DoorTest.settings(
        List.of(new Admin.Token("grafana", Role.READ, TokenHash.of(READER).orElseThrow())),
        Optional.empty(),
        Optional.of(
            new Admin.Tls(
                new Settings.Certificate(
                    directory.resolve("chain"), directory.resolve("key"), Optional.empty()),
                Optional.of(authorities),
                List.of(new Admin.Client("alice@limpet.test", Role.WRITE)),
                others)),
        List.of(),
        false);
  }

  @Test
  void aCertificateThatIsListedHasARole() throws Exception {
    assertThat(ask(context(alice, server), "POST", "/write", "").body())
        .isEqualTo("alice@limpet.test at 127.0.0.1");
    HttpResponse<String> more = ask(context(alice, server), "POST", "/admin", "");
    assertThat(more.statusCode()).isEqualTo(403);
    assertThat(more.body()).contains("alice@limpet.test has the role write, and this takes admin");
  }

  @Test
  void aCertificateThatIsNotListedHasNone() throws Exception {
    HttpResponse<String> refused = ask(context(bob, server), "GET", "/read", "");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("is none of admin.tls.clients");
    door.prepare(settings(Optional.of(Role.READ))).run();
    assertThat(ask(context(bob, server), "GET", "/read", "").statusCode()).isEqualTo(200);
    assertThat(ask(context(bob, server), "POST", "/write", "").statusCode()).isEqualTo(403);
  }

  @Test
  void anotherAuthoritysIsNoCertificate() throws Exception {
    SSLContext tls = context(stranger, server);
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> ask(tls, "GET", "/read", ""))
        .withCauseInstanceOf(IOException.class);
  }

  @Test
  void withoutACertificateItTakesAToken() throws Exception {
    SSLContext tls = context(null, server);
    assertThat(ask(tls, "GET", "/alive", "").statusCode()).isEqualTo(200);
    assertThat(ask(tls, "GET", "/read", "").statusCode()).isEqualTo(401);
    assertThat(ask(tls, "GET", "/read", READER).body()).isEqualTo("grafana at 127.0.0.1");
  }

  @Test
  void aTokenIsWhatCountsWhereThereIsBoth() throws Exception {
    SSLContext tls = context(alice, server);
    assertThat(ask(tls, "POST", "/write", READER).statusCode()).isEqualTo(403);
    assertThat(ask(tls, "GET", "/read", "wrong").statusCode()).isEqualTo(401);
  }

  @Test
  void aRenewedCertificateIsServedWithoutARestart() throws Exception {
    SSLContext old = context(null, server);
    SSLContext now = context(null, next);
    assertThat(ask(old, "GET", "/alive", "").statusCode()).isEqualTo(200);
    show(next);
    await()
        .ignoreException(CompletionException.class)
        .until(() -> ask(now, "GET", "/alive", "").statusCode() == 200);
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> ask(old, "GET", "/alive", ""))
        .withCauseInstanceOf(SSLException.class);
  }

  private HttpResponse<String> ask(SSLContext tls, String method, String path, String token) {
    return door.ask("127.0.0.1", tls, method, path, token).join();
  }

  private static SSLContext context(@Nullable TestCertificate own, TestCertificate trusted)
      throws IOException, GeneralSecurityException {
    TlsContexts.Identity identity = null;
    if (own != null) {
      List<X509Certificate> chain = PemFiles.certificates(own.chain());
      identity = new TlsContexts.Identity(chain, PemFiles.keyOf(chain.getFirst(), own.key()));
    }
    return TlsContexts.of(identity, PemFiles.certificates(trusted.chain()));
  }
}
