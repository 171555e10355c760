package dev.limpet.e2e.manifests;

import static dev.limpet.e2e.manifests.Manifests.at;
import static dev.limpet.e2e.manifests.Manifests.map;
import static dev.limpet.e2e.manifests.Manifests.maps;
import static dev.limpet.e2e.manifests.Manifests.text;
import static dev.limpet.e2e.manifests.Manifests.whole;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kubectl apply -k} would send of k8s/, without a cluster to send it to. */
class ManifestsTest {

  private static final Path ADMIN = Path.of("..", "admin", "src", "main", "java");
  private static final Pattern METER = Pattern.compile("\"(limpet[.][a-z0-9.]+)\"");

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static Builds builds;

  @BeforeAll
  static void build() throws IOException {
    builds = Builds.of(directory);
  }

  @Test
  void anApiServerWouldTakeThem() throws IOException {
    Schema schema = new Schema();
    List<String> mistakes = new ArrayList<>();
    everything().forEach(object -> mistakes.addAll(schema.mistakes(object)));
    Builds.exampleSecrets().objects().forEach(object -> mistakes.addAll(schema.mistakes(object)));
    assertThat(mistakes).isEmpty();
  }

  /** So that the test above means something. */
  @Test
  void itWouldRefuseWhatIsWrong() {
    Map<String, String> wrong =
        Map.of(
            "serviceName: limpet-peers", "servicesName: limpet-peers",
            "podManagementPolicy: Parallel", "podManagementPolicy: parallel",
            "periodSeconds: 10", "periodSeconds: 10s",
            "memory: 1Gi", "memory: 1GiB",
            "type: RuntimeDefault", "type: Default",
            "topologyKey: kubernetes.io/hostname\n          maxSkew: 1", "maxSkew: 1",
            "updateStrategy:", "scalingPolicy: fast\n  updateStrategy:");
    Schema schema = new Schema();
    wrong.forEach(
        (right, mistake) -> {
          String yaml = read(Builds.K8S.resolve("base/statefulset.yaml"));
          assertThat(yaml).contains(right);
          assertThat(
                  schema.mistakes(
                      Manifests.parse(yaml.replace(right, mistake)).only("StatefulSet")))
              .as(mistake)
              .isNotEmpty();
        });
  }

  @Test
  void noPodMayDoMoreThanItNeeds() {
    pods(
        pod -> {
          Map<?, ?> security = map(pod, "securityContext");
          assertThat(at(security, "runAsNonRoot")).isEqualTo(true);
          assertThat(whole(security, "runAsUser")).isEqualTo(65532);
          assertThat(whole(security, "runAsGroup")).isEqualTo(65532);
          assertThat(text(security, "seccompProfile.type")).isEqualTo("RuntimeDefault");
          assertThat(pod.keySet().stream().map(String::valueOf))
              .doesNotContain("hostNetwork", "hostPID", "hostIPC", "initContainers");
          for (Map<?, ?> container : maps(pod, "containers")) {
            Map<?, ?> own = map(container, "securityContext");
            assertThat(at(own, "allowPrivilegeEscalation")).isEqualTo(false);
            assertThat(at(own, "readOnlyRootFilesystem")).isEqualTo(true);
            assertThat(map(own, "capabilities")).isEqualTo(Map.of("drop", List.of("ALL")));
            assertThat(own.containsKey("privileged")).isFalse();
          }
        });
  }

  @Test
  void eachContainerHasLimitsProbesAndAVersion() {
    pods(
        pod -> {
          for (Map<?, ?> container : maps(pod, "containers")) {
            for (String amount : List.of("requests.cpu", "requests.memory", "limits.cpu")) {
              assertThat(text(container, "resources." + amount)).isNotEmpty();
            }
            // What is used above the request may be taken away at any time.
            assertThat(text(container, "resources.limits.memory")).isNotEmpty();
            assertThat(text(container, "image")).matches(".+:[0-9].*");
            for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
              assertThat(container.containsKey(probe)).as(probe).isTrue();
            }
          }
        });
  }

  /** A node that waits for a majority is alive; to kill it for that would make things worse. */
  @Test
  void probesAskWhatTheyAreAbout() {
    nodes(
        pod -> {
          Map<?, ?> container = maps(pod, "containers").getFirst();
          assertThat(text(container, "startupProbe.httpGet.path")).isEqualTo("/alive");
          assertThat(text(container, "livenessProbe.httpGet.path")).isEqualTo("/alive");
          assertThat(text(container, "readinessProbe.httpGet.path")).isEqualTo("/ready");
          assertThat(
                  whole(container, "startupProbe.periodSeconds")
                      * whole(container, "startupProbe.failureThreshold"))
              .isGreaterThanOrEqualTo(60);
        });
  }

  @Test
  void whateverIsReferredToIsThere() {
    builds
        .all()
        .forEach(
            (name, all) -> {
              Set<String> ports = new HashSet<>();
              Set<String> objects = new HashSet<>();
              all.objects().forEach(object -> objects.add(Manifests.name(object)));
              for (Map<?, ?> workload : workloads(all)) {
                Map<?, ?> pod = map(workload, "spec.template.spec");
                Set<String> volumes = new HashSet<>();
                maps(pod, "volumes").forEach(volume -> volumes.add(text(volume, "name")));
                maps(map(workload, "spec"), "volumeClaimTemplates")
                    .forEach(claim -> volumes.add(text(claim, "metadata.name")));
                Map<?, ?> container = maps(pod, "containers").getFirst();
                maps(container, "ports").forEach(port -> ports.add(text(port, "name")));
                assertThat(maps(container, "volumeMounts").stream().map(m -> text(m, "name")))
                    .as(name)
                    .containsExactlyInAnyOrderElementsOf(volumes);
              }
              Manifests.leaves(all.objects())
                  .forEach(
                      (path, values) -> {
                        if (path.endsWith(".targetPort")
                            || path.matches(".*(httpGet|tcpSocket).port")
                            || path.matches(
                                ".*(ingress\\[\\].ports|podMetricsEndpoints)\\[\\].port")) {
                          assertThat(ports).as(name + path).containsAll(strings(values));
                        } else if (path.endsWith("configMap.name")) {
                          values.forEach(v -> assertThat(objects).contains("ConfigMap/" + v));
                        } else if (path.endsWith("spec.serviceName")) {
                          values.forEach(v -> assertThat(objects).contains("Service/" + v));
                        } else if (path.endsWith("serviceAccountName")) {
                          values.forEach(v -> assertThat(objects).contains("ServiceAccount/" + v));
                        } else if (path.endsWith("scaleTargetRef.name")) {
                          values.forEach(v -> assertThat(objects).contains("StatefulSet/" + v));
                        } else if (path.endsWith("issuerRef.name")) {
                          values.forEach(v -> assertThat(objects).contains("Issuer/" + v));
                        } else if (path.matches(".*([sS]elector|matchLabels).*/name")) {
                          assertThat(strings(values))
                              .containsAnyOf("limpet", "nodejs", "monitoring");
                        }
                      });
            });
  }

  @Test
  void nodesMayReadWhereServersAreAndNothingElse() {
    Manifests three = built("three");
    assertThat(maps(three.only("Role"), "rules"))
        .containsExactly(
            Map.of(
                "apiGroups", List.of("discovery.k8s.io"),
                "resources", List.of("endpointslices"),
                "verbs", List.of("list", "watch")));
    assertThat(three.of("ClusterRole")).isEmpty();
  }

  @Test
  void aMajorityStaysAndNodesFindEachOtherBeforeTheyAreReady() {
    nodeBuilds(
        all -> {
          assertThat(whole(all.only("PodDisruptionBudget"), "spec.maxUnavailable")).isEqualTo(1);
          Map<?, ?> peers = map(all.named("Service", "limpet-peers"), "spec");
          assertThat(text(peers, "clusterIP")).isEqualTo("None");
          assertThat(at(peers, "publishNotReadyAddresses")).isEqualTo(true);
          Map<?, ?> set = map(all.only("StatefulSet"), "spec");
          assertThat(text(set, "podManagementPolicy")).isEqualTo("Parallel");
          assertThat(text(set, "serviceName")).isEqualTo("limpet-peers");
        });
  }

  /** The admin port takes tokens, but its figures and probes do not: nobody reaches it unasked. */
  @Test
  void nobodyFromOutsideReachesTheNodesPortsButPrometheus() {
    assertThat(open(built("three"), "admin")).isEmpty();
    assertThat(open(built("three"), "cluster"))
        .containsExactly("podSelector.matchLabels.app.kubernetes.io/name=limpet");
    assertThat(open(built("prometheus"), "admin"))
        .containsExactly("namespaceSelector.matchLabels.kubernetes.io/metadata.name=monitoring");
  }

  /** Applied again, the manifests must not undo what the autoscaler has done. */
  @Test
  void howManyNodesThereAreIsTheAutoscalersBusiness() {
    assertThat(whole(built("dev").only("StatefulSet"), "spec.replicas")).isEqualTo(1);
    assertThat(whole(built("three").only("StatefulSet"), "spec.replicas")).isEqualTo(3);
    for (String name : List.of("autoscale", "prometheus", "everything")) {
      Manifests all = built(name);
      assertThat(map(all.only("StatefulSet"), "spec").containsKey("replicas")).isFalse();
      Map<?, ?> scaler = map(all.only("HorizontalPodAutoscaler"), "spec");
      assertThat(whole(scaler, "minReplicas")).isEqualTo(3);
      assertThat(whole(scaler, "maxReplicas")).isEqualTo(30);
    }
    assertThat(
            maps(map(built("prometheus").only("HorizontalPodAutoscaler"), "spec"), "metrics")
                .stream()
                .map(metric -> text(metric, "type")))
        .containsExactly("Resource", "Pods");
  }

  /** The figures of the alerts are another test's: FiguresTest asks a node for them. */
  @Test
  void theAutoscalerGoesByAFigureThatThereIs() throws IOException {
    Set<String> there = new HashSet<>();
    try (Stream<Path> sources = Files.walk(ADMIN)) {
      sources
          .filter(Files::isRegularFile)
          .flatMap(source -> found(METER, read(source)))
          .forEach(name -> there.add(name.replace('.', '_')));
    }
    Set<String> wanted = new HashSet<>();
    built("prometheus")
        .objects()
        .forEach(
            object ->
                Manifests.leaves(object)
                    .forEach(
                        (path, values) -> {
                          if (path.endsWith("metric.name")) {
                            wanted.addAll(strings(values));
                          }
                        }));
    assertThat(wanted).containsExactly("limpet_requests_active");
    assertThat(there).containsAll(wanted);
  }

  /** The walk-through shows what kubectl says of each object. */
  @Test
  void theManualListsWhatIsCreated() {
    List<String> told =
        read(Builds.K8S.resolve("README.md"))
            .lines()
            .filter(line -> line.endsWith(" created") && !line.matches("(secret|pod)/.*"))
            .toList();
    assertThat(told)
        .isEqualTo(
            Stream.of("demo", "three")
                .flatMap(name -> built(name).objects().stream())
                .map(object -> asKubectlSays(object) + " created")
                .toList());
  }

  private static String asKubectlSays(Map<?, ?> object) {
    String version = text(object, "apiVersion");
    int slash = version.indexOf('/');
    return text(object, "kind").toLowerCase(Locale.ROOT)
        + (slash < 0 ? "" : "." + version.substring(0, slash))
        + "/"
        + text(object, "metadata.name");
  }

  private static Stream<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(1));
  }

  private static Set<String> open(Manifests all, String port) {
    Set<String> from = new HashSet<>();
    for (Map<?, ?> rule : maps(map(all.only("NetworkPolicy"), "spec"), "ingress")) {
      if (maps(rule, "ports").stream().anyMatch(entry -> text(entry, "port").equals(port))) {
        if (maps(rule, "from").isEmpty()) {
          from.add("anywhere");
        }
        for (Map<?, ?> peer : maps(rule, "from")) {
          Manifests.leaves(peer).forEach((path, v) -> from.add(path + "=" + v.getFirst()));
        }
      }
    }
    return from;
  }

  private static Manifests built(String name) {
    return builds.get(name);
  }

  private static Stream<Map<?, ?>> everything() {
    return builds.all().values().stream().flatMap(all -> all.objects().stream());
  }

  /** Those with nodes of Limpet in them. */
  private static void nodeBuilds(Consumer<Manifests> check) {
    builds.all().values().stream().filter(all -> all.of("StatefulSet").count() == 1).forEach(check);
  }

  private static void nodes(Consumer<Map<?, ?>> check) {
    nodeBuilds(all -> check.accept(map(all.only("StatefulSet"), "spec.template.spec")));
  }

  private static void pods(Consumer<Map<?, ?>> check) {
    builds.all().values().stream()
        .flatMap(all -> workloads(all).stream())
        .forEach(workload -> check.accept(map(workload, "spec.template.spec")));
  }

  private static List<Map<?, ?>> workloads(Manifests all) {
    return Stream.concat(all.of("StatefulSet"), all.of("Deployment")).toList();
  }

  private static List<String> strings(List<Object> values) {
    return values.stream().map(String::valueOf).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
