package dev.limpet.kubernetes;

import static dev.limpet.testkit.TestSlice.Condition.READY;
import static dev.limpet.testkit.TestSlice.Condition.TERMINATING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.model.state.ServerSource;
import dev.limpet.testkit.ApiServer;
import dev.limpet.testkit.TestCertificate;
import dev.limpet.testkit.TestSlice;
import dev.limpet.testkit.TestSlice.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes of EndpointSlices, and of an API server that has its troubles. */
class SliceSourceTest {

  private static final Pace PATIENT =
      new Pace(
          Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofMinutes(1), Duration.ofHours(1));

  private static final Pace HASTY =
      new Pace(
          Duration.ofMillis(20),
          Duration.ofMillis(50),
          Duration.ofMillis(500),
          Duration.ofSeconds(1));

  private static final Duration DRAIN = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private final ApiServer api = new ApiServer();
  private final List<Heard> sources = new ArrayList<>();
  private Path account = Path.of("");

  @BeforeEach
  void writeAccount() {
    account = api.writeAccount(directory.resolve("account"));
    api.put(app("app-1").ready("10.0.0.1", "10.0.0.2"));
  }

  @AfterEach
  void closeAll() {
    sources.forEach(heard -> heard.source.close());
    api.close();
  }

  private static TestSlice app(String name) {
    return TestSlice.of("app", name).port("http", 3000);
  }

  private static Discovery.Kubernetes service(String name) {
    return new Discovery.Kubernetes(
        Optional.of(name),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DRAIN,
        0,
        Duration.ZERO);
  }

  private Heard hear(Pace pace, Discovery.Kubernetes where) {
    KubernetesAccess access = new KubernetesAccess(Optional.of(URI.create(api.url())), account);
    return heard(KubernetesApi.of(access, Map.of(), pace).servers(where));
  }

  private Heard hear(KubernetesAccess access, Map<String, String> environment) {
    return heard(KubernetesApi.of(access, environment, PATIENT).servers(service("app")));
  }

  private Heard heard(ServerSource source) {
    Heard heard = new Heard(source);
    sources.add(heard);
    return heard;
  }

  private Heard hearApp() {
    Heard heard = hear(PATIENT, service("app"));
    heard.await("10.0.0.1:3000", "10.0.0.2:3000");
    awaitWatch();
    return heard;
  }

  private void awaitWatch() {
    await().until(() -> api.watching() == 1);
  }

  @Test
  void changesAreHeardOfAsTheyHappen() {
    Heard heard = hearApp();
    api.put(app("app-2").ready("10.0.0.3"));
    heard.await("10.0.0.1:3000", "10.0.0.2:3000", "10.0.0.3:3000");
    api.put(app("app-1").ready("10.0.0.2"));
    heard.await("10.0.0.2:3000", "10.0.0.3:3000");
    api.delete(app("app-2"));
    heard.await("10.0.0.2:3000");
    api.put(TestSlice.of("other", "other-1").port("http", 1).ready("10.9.9.9"));
    api.put(app("app-1").in("elsewhere").ready("10.9.9.9"));
    api.put(
        app("app-1").with(new Endpoint("10.0.0.2", TERMINATING), new Endpoint("10.0.0.4", READY)));
    heard.await("10.0.0.2:3000", "10.0.0.4:3000");
    assertThat(api.lists()).isEqualTo(1);
    assertThat(heard.timesInTrouble()).isZero();
  }

  @Test
  void slicesAreFoundByTheirLabels() {
    api.put(TestSlice.of("a", "a-1").label("app", "web").port("http", 1).ready("10.0.1.1"));
    api.put(TestSlice.of("b", "b-1").label("app", "web").port("http", 2).ready("10.0.1.2"));
    Heard heard =
        hear(
            PATIENT,
            new Discovery.Kubernetes(
                Optional.empty(),
                Optional.of("app=web"),
                Optional.of("default"),
                Optional.empty(),
                DRAIN,
                0,
                Duration.ZERO));
    heard.await("10.0.1.1:1", "10.0.1.2:2");
    awaitWatch();
    // Who loses the labels is not there any more.
    api.put(TestSlice.of("b", "b-1").port("http", 2).ready("10.0.1.2"));
    heard.await("10.0.1.1:1");
  }

  @Test
  void aWatchThatBreaksGoesOnWhereItWas() {
    Heard heard = hearApp();
    api.cutWatches();
    api.put(app("app-2").ready("10.0.0.3"));
    heard.await("10.0.0.1:3000", "10.0.0.2:3000", "10.0.0.3:3000");
    awaitWatch();
    api.endWatches();
    api.delete(app("app-1"));
    heard.await("10.0.0.3:3000");
    assertThat(api.lists()).isEqualTo(1);
    assertThat(heard.timesInTrouble()).isZero();
  }

  @Test
  void bookmarksSaveAList() {
    hearApp();
    api.put(TestSlice.of("other", "other-1").ready("10.9.9.9"));
    api.bookmark();
    api.forget();
    api.endWatches();
    await().until(() -> api.watches() == 2 && api.watching() == 1);
    assertThat(api.lists()).isEqualTo(1);
    // Without one, the version that is known is too old.
    api.put(TestSlice.of("other", "other-1").ready("10.9.9.8"));
    api.forget();
    api.endWatches();
    await().until(() -> api.lists() == 2 && api.watching() == 1);
  }

  @Test
  void whatIsGoneIsListedAnewAndReplacesWhatWasKnown() {
    Heard heard = hearApp();
    // Neither slice is there any more, and nobody ever says that they were deleted.
    api.replaceUnseen(app("app-3").ready("10.0.0.3"));
    api.cutWatches();
    heard.await("10.0.0.3:3000");
    awaitWatch();
    api.sayGoneByStatus(true);
    api.replaceUnseen(app("app-4").ready("10.0.0.4"));
    api.endWatches();
    heard.await("10.0.0.4:3000");
    awaitWatch();
    api.replaceUnseen(app("app-5").ready("10.0.0.5"));
    api.expire();
    heard.await("10.0.0.5:3000");
    assertThat(api.lists()).isEqualTo(4);
    assertThat(heard.timesInTrouble()).as("it is nothing unusual").isZero();
  }

  @Test
  void whileTheApiServerIsAwayTheLastAnswerCounts() {
    Heard heard = hearApp();
    api.goAway();
    heard.awaitTrouble(api.url() + ": connection refused; what Kubernetes said last counts");
    assertThat(heard.addresses()).containsExactly("10.0.0.1:3000", "10.0.0.2:3000");
    api.put(app("app-1").ready("10.0.0.1"));
    api.comeBack();
    heard.await("10.0.0.1:3000");
    assertThat(heard.timesInTrouble()).as("told once").isEqualTo(1);
    assertThat(api.lists()).as("it knew where it was").isEqualTo(1);
  }

  @Test
  void anApiServerThatFailsIsAskedAgain() {
    Heard heard = hearApp();
    api.answer(503, "<html>apiserver is starting</html>");
    api.cutWatches();
    heard.awaitTrouble(api.url() + "/: 503; what Kubernetes said last counts");
    api.answerTruly();
    heard.await("10.0.0.1:3000", "10.0.0.2:3000");
  }

  @Test
  void tokensAreReplacedAndReadAgain() {
    Heard heard = hearApp();
    ApiServer.writeToken(account, "second-token");
    api.wantToken("second-token");
    api.cutWatches();
    api.put(app("app-1").ready("10.0.0.7"));
    heard.await("10.0.0.7:3000");
    assertThat(heard.timesInTrouble()).isZero();
    // The new one comes late.
    api.wantToken("third-token");
    api.cutWatches();
    heard.awaitTrouble("401: " + account.resolve("token") + " is not accepted");
    assertThat(heard.trouble()).doesNotContain("second-token");
    ApiServer.writeToken(account, "third-token");
    heard.await("10.0.0.7:3000");
    assertThat(api.lists()).isEqualTo(1);
  }

  @Test
  void whoMayNotIsToldTheRuleThatIsMissing() {
    api.forbid();
    Heard heard = hear(PATIENT, service("app"));
    heard.awaitTrouble(
        "403: the service account may not list and watch endpointslices in namespace \"default\"; it"
            + " needs a Role with apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs:"
            + " [list, watch] (endpointslices.discovery.k8s.io is forbidden: User"
            + " \"system:serviceaccount:default:limpet\"");
    api.answerTruly();
    heard.await("10.0.0.1:3000", "10.0.0.2:3000");
  }

  @Test
  void aServiceThatIsNotThereIsNamed() {
    Heard heard = hear(PATIENT, service("ap"));
    heard.awaitTrouble("Service ap: there is no EndpointSlice of it; is its name right?");
    assertThat(heard.addresses()).isEmpty();
    api.put(TestSlice.of("ap", "ap-1").port("http", 3000).port("metrics", 9000).ready("10.0.0.1"));
    heard.awaitTrouble(
        "Service ap: several ports; set port; there are http = 3000, metrics = 9000");
    api.put(TestSlice.of("ap", "ap-1").port("http", 3000));
    heard.await();
  }

  @Test
  void answersThatStopInTheMiddleAreGivenUp() {
    api.stall(true);
    Heard heard = hear(HASTY, service("app"));
    heard.awaitTrouble("what Kubernetes said last counts");
    api.stall(false);
    heard.await("10.0.0.1:3000", "10.0.0.2:3000");
  }

  @Test
  void aWatchThatStopsInTheMiddleGoesOnAsAnotherOne() {
    Heard heard = hear(HASTY, service("app"));
    heard.await("10.0.0.1:3000", "10.0.0.2:3000");
    awaitWatch();
    int lists = api.lists();
    api.stall(true);
    api.put(app("app-1").ready("10.0.0.1"));
    int before = api.watches();
    await().until(() -> api.watches() > before);
    assertThat(heard.addresses()).containsExactly("10.0.0.1:3000", "10.0.0.2:3000");
    api.stall(false);
    heard.await("10.0.0.1:3000");
    assertThat(api.lists()).isEqualTo(lists);
  }

  @Test
  void eventsThatAreNoneLeadToANewList() {
    Heard heard = hearApp();
    for (String line :
        List.of(
            "no JSON",
            "[]",
            "null",
            "{\"type\":\"ADDED\"}",
            "{\"type\":\"ADDED\",\"object\":{}}",
            "{\"type\":\"ADDED\",\"object\":null}",
            "{\"type\":\"MELTED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}}",
            "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\"}}}",
            "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1 2\"}}}",
            "{\"type\":\"ADDED\",\"object\":" + "[".repeat(5_000),
            "x".repeat(5 << 20))) {
      int watches = api.watches();
      int lists = api.lists();
      long troubles = heard.timesInTrouble();
      api.tell(line);
      await()
          .until(
              () ->
                  api.lists() > lists
                      && api.watches() > watches
                      && heard.timesInTrouble() > troubles);
      heard.await("10.0.0.1:3000", "10.0.0.2:3000");
    }
  }

  @Test
  void answersThatAreNoListKeepTheLastOne() {
    Heard heard = hearApp();
    for (String body :
        List.of(
            "no JSON",
            "null",
            "{}",
            "{\"items\":[]}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[null]}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{}]}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
                + "{\"metadata\":{\"name\":\"a\"},\"endpoints\":[null]}]}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
                + "{\"metadata\":{\"name\":\"a\"},\"endpoints\":[{\"hints\":"
                + "{\"forZones\":[{}]}}]}]}",
            " ".repeat(33 << 20))) {
      long troubles = heard.timesInTrouble();
      api.replaceUnseen(app("app-1").ready("10.0.0.1", "10.0.0.2"));
      api.answer(200, body);
      api.expire();
      await().until(() -> heard.timesInTrouble() > troubles);
      assertThat(heard.addresses()).containsExactly("10.0.0.1:3000", "10.0.0.2:3000");
      api.answerTruly();
      heard.await("10.0.0.1:3000", "10.0.0.2:3000");
      awaitWatch();
    }
  }

  @Test
  void theApiServersAuthorityIsTheAccountsAndReadAgain() throws IOException {
    TestCertificate certificate = TestCertificate.create(directory.resolve("tls"), "ip:127.0.0.1");
    try (ApiServer secure = new ApiServer(certificate)) {
      secure.put(app("app-1").ready("10.0.0.9"));
      secure.writeAccount(account);
      URI at = URI.create(secure.url());
      Map<String, String> pod =
          Map.of(
              "KUBERNETES_SERVICE_HOST",
              at.getHost(),
              "KUBERNETES_SERVICE_PORT",
              Integer.toString(at.getPort()));
      hear(new KubernetesAccess(Optional.empty(), account), pod).await("10.0.0.9:3000");
      TestCertificate other = TestCertificate.create(directory.resolve("other"), "ip:127.0.0.1");
      Files.copy(other.chain(), account.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
      Heard distrusts = hear(new KubernetesAccess(Optional.of(at), account), Map.of());
      distrusts.awaitTrouble(secure.url() + ": TLS: ");
      secure.writeAccount(account);
      distrusts.await("10.0.0.9:3000");
    }
  }

  @Test
  void aSourceThatIsClosedAsksNoMore() {
    Heard heard = hearApp();
    heard.source.close();
    await()
        .until(
            () -> {
              // The API server notices when it has something to say.
              api.bookmark();
              return api.watching() == 0;
            });
    api.put(app("app-1").ready("10.0.0.7"));
    assertThat(heard.addresses()).containsExactly("10.0.0.1:3000", "10.0.0.2:3000");
  }

  @Test
  void outsideOfAPodItIsSaidWhatIsMissing() throws IOException {
    Heard nowhere = hear(new KubernetesAccess(Optional.empty(), account), Map.of());
    nowhere.awaitTrouble(
        "kubernetes.api is not set, and KUBERNETES_SERVICE_HOST is not in the environment");
    Files.delete(account.resolve("namespace"));
    hear(PATIENT, service("app"))
        .awaitTrouble("namespace is not set, and there is no file " + account.resolve("namespace"));
  }
}
