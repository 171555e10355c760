package dev.limpet.e2e.manifests;

import static dev.limpet.e2e.manifests.Manifests.map;
import static dev.limpet.e2e.manifests.Manifests.maps;
import static dev.limpet.e2e.manifests.Manifests.text;
import static dev.limpet.e2e.manifests.Manifests.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.e2e.fixture.MountedSecret;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The settings in the manifests, as a node reads them, and what the manifests around them say. */
class NodeSettingsTest {

  private static final String MOUNTED = "/run/limpet/";

  /** What a pod's fields are, by their path. */
  private static final Map<String, String> FIELDS =
      Map.of(
          "metadata.name", "limpet-0",
          "status.podIP", "10.0.0.7",
          // As it is before Kubernetes 1.35.
          "metadata.labels['topology.kubernetes.io/zone']", "");

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static Builds builds;
  private static TestCertificate certificate;

  @BeforeAll
  static void build() throws IOException {
    builds = Builds.of(directory);
    certificate = TestCertificate.create(directory.resolve("made"), "dns:*.limpet-peers");
  }

  @AfterAll
  static void unset() {
    environment(builds.get("three")).keySet().forEach(System::clearProperty);
  }

  @Test
  void aNodeTakesThemAndTheyAreWhatTheManifestsSay() throws Exception {
    for (String name : List.of("dev", "three", "autoscale", "prometheus", "everything")) {
      Manifests all = built(name);
      List<Problem> warnings = new ArrayList<>();
      Settings settings = SettingsReader.read(mount(name, all, good()), warnings::add);
      assertThat(warnings.stream().map(Problem::toString).filter(w -> !w.contains("clear text")))
          .as(name)
          .isEmpty();
      Map<?, ?> set = map(all.only("StatefulSet"), "spec");
      Map<?, ?> pod = map(set, "template.spec");
      Map<?, ?> container = maps(pod, "containers").getFirst();

      Map<String, Integer> ports = new HashMap<>();
      settings.listeners().forEach(l -> ports.put(l.name(), l.bind().port()));
      Admin admin = settings.admin().orElseThrow();
      ports.put("admin", admin.bind().port());
      ports.put("cluster", settings.cluster().address().port());
      assertThat(
              maps(container, "ports").stream()
                  .collect(Collectors.toMap(p -> text(p, "name"), p -> whole(p, "containerPort"))))
          .as(name)
          .isEqualTo(ports);

      assertThat(settings.node().name()).isEqualTo("limpet-0");
      assertThat(settings.node().zone()).isEmpty();
      assertThat(settings.node().data().orElseThrow().startsWith(mountOf(container, "data")))
          .isTrue();
      long drain =
          whole(container, "lifecycle.preStop.sleep.seconds")
              + settings.node().drainDelay().toSeconds()
              + settings.node().drainTimeout().toSeconds();
      assertThat(whole(pod, "terminationGracePeriodSeconds"))
          .as(name)
          .isGreaterThan((int) drain + 5);
    }
  }

  @Test
  void nodesFindEachOtherThroughTheHeadlessServiceAndCertifyEachOtherByName() throws Exception {
    Manifests all = built("everything");
    Settings.Cluster cluster = SettingsReader.read(mount("cluster", all, good())).cluster();
    assertThat(cluster.address()).isEqualTo(new HostPort("10.0.0.7", 25520));
    assertThat(cluster.discovery())
        .hasValueSatisfying(
            how -> {
              assertThat(how).isInstanceOf(NodeDiscovery.Kubernetes.class);
              assertThat(((NodeDiscovery.Kubernetes) how).service()).isEqualTo("limpet-peers");
            });
    assertThat(cluster.expect())
        .isEqualTo(whole(all.only("HorizontalPodAutoscaler"), "spec.minReplicas"))
        .isEqualTo(whole(built("three").only("StatefulSet"), "spec.replicas"));
    List<?> certified =
        (List<?>) Manifests.at(all.named("Certificate", "limpet-cluster-tls"), "spec.dnsNames");
    assertThat(certified)
        .allMatch(
            name ->
                cluster.tls().orElseThrow().names().stream()
                    .anyMatch(pattern -> pattern.fits(String.valueOf(name))));
  }

  /** Kubelet asks its probes, Prometheus for figures, and nobody else does anything unasked. */
  @Test
  void theAdminPortIsOpenForProbesAndFiguresOnly() throws Exception {
    Admin three = SettingsReader.read(mount("admin", built("three"), good())).admin().orElseThrow();
    assertThat(three.asksWho()).isTrue();
    assertThat(three.metricsOpen()).isTrue();
    assertThat(three.insecure()).isFalse();
    Admin dev = SettingsReader.read(mount("dev-admin", built("dev"), good())).admin().orElseThrow();
    assertThat(dev.allow())
        .containsExactlyInAnyOrder(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128"));
  }

  @Test
  void placeholdersOfSecretsAreRefusedEachByItsName() throws Exception {
    Path settings = mount("placeholders", built("three"), placeholders());
    assertThatThrownBy(() -> SettingsReader.read(settings))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("limpet.cluster.tls.certificate: ")
        .hasMessageContaining("limpet.cluster.tls.ca: ")
        .hasMessageContaining("limpet.cluster.cookie-keys[0]: ")
        .hasMessageContaining("limpet.admin.tokens-file: ");
  }

  private static Manifests built(String name) {
    return builds.get(name);
  }

  /**
   * Puts a pod's volumes where a node of this test reads them, as kubelet does.
   *
   * @param secrets what each holds
   * @return the settings file
   */
  private static Path mount(String name, Manifests all, Map<String, Map<String, String>> secrets)
      throws IOException {
    Path root = directory.resolve(name);
    environment(all).forEach(System::setProperty);
    Map<String, String> settings = new HashMap<>();
    map(all.only("ConfigMap"), "data")
        .forEach(
            (file, content) ->
                settings.put("" + file, ("" + content).replace(MOUNTED, root + "/")));
    Path etc = root.resolve("etc");
    new MountedSecret(etc).put(settings);
    Map<?, ?> pod = map(all.only("StatefulSet"), "spec.template.spec");
    for (Map<?, ?> volume : maps(pod, "volumes")) {
      if (volume.containsKey("secret")) {
        String at = mountOf(maps(pod, "containers").getFirst(), text(volume, "name")).toString();
        assertThat(at).startsWith(MOUNTED);
        new MountedSecret(root.resolve(at.substring(MOUNTED.length())))
            .put(secrets.getOrDefault(text(volume, "secret.secretName"), Map.of()));
      }
    }
    return etc.resolve("limpet.conf");
  }

  private static Path mountOf(Map<?, ?> container, String volume) {
    return maps(container, "volumeMounts").stream()
        .filter(mount -> text(mount, "name").equals(volume))
        .map(mount -> Path.of(text(mount, "mountPath")))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, String> environment(Manifests all) {
    Map<?, ?> pod = map(all.only("StatefulSet"), "spec.template.spec");
    return maps(maps(pod, "containers").getFirst(), "env").stream()
        .collect(
            Collectors.toMap(
                variable -> text(variable, "name"),
                variable ->
                    Objects.requireNonNull(
                        FIELDS.get(text(variable, "valueFrom.fieldRef.fieldPath")))));
  }

  /** As the commands of k8s/README.md make them. */
  private static Map<String, Map<String, String>> good() throws IOException {
    String certified = Files.readString(certificate.chain());
    String key = Files.readString(certificate.key());
    String hash = TokenHash.of(TokenHash.newToken(new SecureRandom())).orElseThrow().written();
    return Map.of(
        "limpet-cluster-tls", Map.of("tls.crt", certified, "tls.key", key, "ca.crt", certified),
        "limpet-tls", Map.of("tls.crt", certified, "tls.key", key),
        "limpet-cookie-keys", Map.of("current", "ab".repeat(32)),
        "limpet-admin-tokens", Map.of("tokens", "ops admin " + hash));
  }

  private static Map<String, Map<String, String>> placeholders() throws IOException {
    Map<String, Map<String, String>> secrets = new HashMap<>();
    for (Map<?, ?> secret : Builds.exampleSecrets().objects()) {
      Map<String, String> data = new HashMap<>();
      map(secret, "stringData").forEach((name, value) -> data.put("" + name, "" + value));
      secrets.put(text(secret, "metadata.name"), data);
    }
    assertThat(secrets.keySet())
        .isEqualTo(Set.of("limpet-cluster-tls", "limpet-cookie-keys", "limpet-admin-tokens"));
    return secrets;
  }
}
