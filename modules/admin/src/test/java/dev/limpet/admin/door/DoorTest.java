package dev.limpet.admin.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.net.Cidr;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.Admin.Role;
import dev.limpet.model.settings.TokensFile;
import dev.limpet.testkit.RawText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the admin listener lets in, by real connections from several addresses of this machine. */
class DoorTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String READER = TokenHash.newToken(RANDOM);
  private static final String WRITER = TokenHash.newToken(RANDOM);
  private static final String OPERATOR = TokenHash.newToken(RANDOM);

  private static final List<Admin.Token> TOKENS =
      List.of(
          token("grafana", Role.READ, READER),
          token("ci", Role.WRITE, WRITER),
          token("ops", Role.ADMIN, OPERATOR));

  @TempDir Path directory;

  private final List<TestDoor> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(TestDoor::close);
  }

  @Test
  void withoutATokenThereAreProbesAndNothingElse() throws Exception {
    TestDoor door = open(settings(TOKENS));
    HttpResponse<String> refused = door.ask("GET", "/read", "");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("www-authenticate"))
        .contains("Bearer realm=\"limpet\"");
    assertThat(refused.body()).contains("no token");
    assertThat(door.ask("GET", "/metrics", "").statusCode()).isEqualTo(401);
    assertThat(door.ask("GET", "/nowhere", "").statusCode()).isEqualTo(401);
    assertThat(door.ask("GET", "/alive", "").statusCode()).isEqualTo(200);
    assertThat(door.refused(Refusals.Reason.NO_TOKEN)).isEqualTo(3);
  }

  /** HAProxy's {@code option httpchk} is such a one. */
  @Test
  void aProbeByHttp10NeedNotNameAHost() throws Exception {
    TestDoor door = open(settings(TOKENS));
    try (Socket socket = new Socket()) {
      socket.connect(door.address());
      RawText.write(socket, "GET /alive HTTP/1.0\r\n\r\n");
      assertThat(RawText.readUntil(socket, "\r\n")).isEqualTo("HTTP/1.1 200 OK\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "grafana, 200, 200, 403, 403",
    "ci,      200, 200, 200, 403",
    "ops,     200, 200, 200, 200"
  })
  void aRoleMayDoWhatThoseBeforeItMay(String name, int metrics, int read, int write, int admin)
      throws Exception {
    TestDoor door = open(settings(TOKENS));
    String token = name.equals("grafana") ? READER : name.equals("ci") ? WRITER : OPERATOR;
    assertThat(door.ask("GET", "/metrics", token).statusCode()).isEqualTo(metrics);
    assertThat(door.ask("GET", "/read", token).body()).isEqualTo(name + " at 127.0.0.1");
    assertThat(door.ask("GET", "/read", token).statusCode()).isEqualTo(read);
    assertThat(door.ask("POST", "/write", token).statusCode()).isEqualTo(write);
    HttpResponse<String> whole = door.ask("POST", "/admin", token);
    assertThat(whole.statusCode()).isEqualTo(admin);
    if (admin == 403) {
      assertThat(whole.body()).contains(name + " has the role ", ", and this takes admin");
    }
  }

  @Test
  void aWrongTokenIsNone() throws Exception {
    TestDoor door = open(settings(TOKENS));
    for (String wrong : List.of(TokenHash.newToken(RANDOM), "secret", OPERATOR + "x")) {
      assertThat(door.ask("GET", "/read", wrong).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void whereNobodyIsAskedTheCallerIsWhoHeSays() throws Exception {
    TestDoor door = open(settings(List.of()));
    assertThat(door.ask("POST", "/admin", "").body()).isEqualTo("\"alice\" at 127.0.0.1");
  }

  @Test
  void metricsMayBeOpen() throws Exception {
    TestDoor door = open(settings(TOKENS, Optional.empty(), Optional.empty(), List.of(), true));
    assertThat(door.ask("GET", "/metrics", "").statusCode()).isEqualTo(200);
    assertThat(door.ask("GET", "/read", "").statusCode()).isEqualTo(401);
  }

  @Test
  void otherNetworksAreRefusedWhateverTheyShow() throws Exception {
    TestDoor door =
        open(
            settings(
                TOKENS,
                Optional.empty(),
                Optional.empty(),
                List.of(Cidr.parse("127.0.0.2"), Cidr.parse("10.0.0.0/8")),
                true));
    assertThat(door.ask("GET", "/read", OPERATOR).statusCode()).isEqualTo(403);
    assertThat(door.ask("GET", "/metrics", "").statusCode()).isEqualTo(403);
    assertThat(door.ask("GET", "/alive", "").statusCode()).isEqualTo(200);
    assertThat(door.askFrom("127.0.0.2", "GET", "/read", OPERATOR).get().statusCode())
        .isEqualTo(200);
  }

  @Test
  void whoGuessesWaitsAndNobodyElse() throws Exception {
    TestDoor door = open(settings(TOKENS));
    List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      guesses.add(door.askFrom("127.0.0.2", "GET", "/read", TokenHash.newToken(RANDOM)));
    }
    CompletableFuture.anyOf(guesses.toArray(CompletableFuture[]::new)).get();
    assertThat(door.ask("GET", "/read", READER).statusCode()).isEqualTo(200);
    assertThat(guesses).as("still held back").anyMatch(guess -> !guess.isDone());
    CompletableFuture.allOf(guesses.toArray(CompletableFuture[]::new)).get();
    assertThat(guesses).allMatch(guess -> Set.of(401, 429).contains(guess.join().statusCode()));
    assertThat(guesses)
        .anyMatch(guess -> guess.join().headers().firstValue("retry-after").isPresent());
    assertThat(door.refused(Refusals.Reason.TOKEN) + door.refused(Refusals.Reason.TOO_MANY))
        .isEqualTo(40);
  }

  @Test
  void whoOpensManyConnectionsKeepsNobodyOut() throws Exception {
    TestDoor door = open(settings(TOKENS));
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 70; i++) {
        Socket socket = new Socket();
        silent.add(socket);
        socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.3"), 0));
        socket.connect(door.address());
      }
      Socket last = silent.getLast();
      last.setSoTimeout(60_000);
      assertThat(last.getInputStream().read()).as("closed at once").isEqualTo(-1);
      assertThat(door.ask("GET", "/alive", "").statusCode()).isEqualTo(200);
      assertThat(door.ask("GET", "/read", READER).statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
    await()
        .untilAsserted(
            () ->
                assertThat(door.askFrom("127.0.0.3", "GET", "/alive", "").get().statusCode())
                    .isEqualTo(200));
  }

  @Test
  void theFileOfTokensIsReadAgainWhenItChanges() throws Exception {
    Path file = directory.resolve("tokens");
    write(file, "# nobody yet\n");
    TestDoor door =
        open(settings(List.of(), Optional.of(file), Optional.empty(), List.of(), false));
    assertThat(door.ask("GET", "/read", READER).statusCode()).isEqualTo(401);
    write(file, TokensFile.line(TOKENS.getFirst()) + "\n");
    await().until(() -> door.ask("GET", "/read", READER).statusCode() == 200);
    write(file, "grafana read nonsense\n");
    Admin settings = settings(List.of(), Optional.of(file), Optional.empty(), List.of(), false);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> door.prepare(settings))
        .withMessage(
            file
                + ": line 1: expected the hash of a token, \"sha256:\" and 64 hex digits, as limpet token"
                + " prints it");
    assertThat(door.ask("GET", "/read", READER).statusCode()).as("a mistake").isEqualTo(200);
    write(file, TokensFile.line(TOKENS.getLast()) + "\n");
    await().until(() -> door.ask("GET", "/read", READER).statusCode() == 401);
    assertThat(door.ask("POST", "/admin", OPERATOR).statusCode()).isEqualTo(200);
  }

  @Test
  void otherSettingsHoldFromTheNextRequestOn() throws Exception {
    TestDoor door = open(settings(TOKENS));
    door.prepare(settings(TOKENS.subList(1, 3))).run();
    assertThat(door.ask("GET", "/read", READER).statusCode()).isEqualTo(401);
    assertThat(door.ask("GET", "/read", WRITER).statusCode()).isEqualTo(200);
  }

  private TestDoor open(Admin settings) throws IOException {
    TestDoor door = TestDoor.open(settings);
    opened.add(door);
    return door;
  }

  private static void write(Path file, String content) throws IOException {
    Files.writeString(file, content);
  }

  private static Admin.Token token(String name, Role role, String token) {
    return new Admin.Token(name, role, TokenHash.of(token).orElseThrow());
  }

  private static Admin settings(List<Admin.Token> tokens) {
    return settings(tokens, Optional.empty(), Optional.empty(), List.of(), false);
  }

  static Admin settings(
      List<Admin.Token> tokens,
      Optional<Path> file,
      Optional<Admin.Tls> tls,
      List<Cidr> allow,
      boolean metricsOpen) {
    return new Admin(TestDoor.ANY_PORT, Set.of(), tokens, file, tls, allow, metricsOpen, false);
  }
}
