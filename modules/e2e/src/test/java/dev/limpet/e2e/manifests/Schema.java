package dev.limpet.e2e.manifests;

import static java.util.Map.entry;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.kubernetes.client.custom.QuantityFormatException;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Role;
import io.kubernetes.client.openapi.models.V1RoleBinding;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an API server would refuse: fields that there are not, that are missing, or of another type,
 * by the classes that Kubernetes' OpenAPI document generates; and values that are none of an
 * enumeration's, which those classes take for any text.
 */
final class Schema {

  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          entry("v1/ConfigMap", V1ConfigMap.class),
          entry("v1/Secret", V1Secret.class),
          entry("v1/Service", V1Service.class),
          entry("v1/ServiceAccount", V1ServiceAccount.class),
          entry("apps/v1/StatefulSet", V1StatefulSet.class),
          entry("apps/v1/Deployment", V1Deployment.class),
          entry("autoscaling/v2/HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class),
          entry("networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy.class),
          entry("policy/v1/PodDisruptionBudget", V1PodDisruptionBudget.class),
          entry("rbac.authorization.k8s.io/v1/Role", V1Role.class),
          entry("rbac.authorization.k8s.io/v1/RoleBinding", V1RoleBinding.class));

  /** The same for others' kinds: the fields that are used, from the projects' API documents. */
  private static final Map<String, Set<String>> OTHERS =
      Map.of(
          "cert-manager.io/v1/Issuer",
          Set.of("spec.selfSigned", "spec.ca.secretName"),
          "cert-manager.io/v1/Certificate",
          Set.of(
              "spec.isCA",
              "spec.commonName",
              "spec.secretName",
              "spec.duration",
              "spec.renewBefore",
              "spec.dnsNames[]",
              "spec.usages[]",
              "spec.privateKey.algorithm",
              "spec.privateKey.size",
              "spec.privateKey.encoding",
              "spec.privateKey.rotationPolicy",
              "spec.issuerRef.name",
              "spec.issuerRef.kind"),
          "monitoring.coreos.com/v1/PodMonitor",
          Set.of(
              "spec.selector.matchLabels.app.kubernetes.io/name",
              "spec.podMetricsEndpoints[].port",
              "spec.podMetricsEndpoints[].path",
              "spec.podMetricsEndpoints[].interval",
              "spec.podMetricsEndpoints[].relabelings[].sourceLabels[]",
              "spec.podMetricsEndpoints[].relabelings[].targetLabel"),
          "monitoring.coreos.com/v1/PrometheusRule",
          Set.of(
              "spec.groups[].name",
              "spec.groups[].interval",
              "spec.groups[].rules[].record",
              "spec.groups[].rules[].alert",
              "spec.groups[].rules[].expr",
              "spec.groups[].rules[].for",
              "spec.groups[].rules[].labels.severity",
              "spec.groups[].rules[].annotations.summary",
              "spec.groups[].rules[].annotations.runbook"));

  private static final String WORKLOAD = "(StatefulSet|Deployment).spec.template.spec.";

  /** Places where a word has to be one of a few, by kind and path. */
  private static final Map<Pattern, Set<String>> WORDS =
      Map.ofEntries(
          words("StatefulSet.spec.podManagementPolicy", "OrderedReady", "Parallel"),
          words("StatefulSet.spec.updateStrategy.type", "RollingUpdate", "OnDelete"),
          words("StatefulSet.spec.persistentVolumeClaimRetentionPolicy.when*", "Retain", "Delete"),
          words(
              "StatefulSet.spec.volumeClaimTemplates[].spec.accessModes[]",
              "ReadWriteOnce",
              "ReadWriteOncePod",
              "ReadWriteMany",
              "ReadOnlyMany"),
          words(WORKLOAD + "securityContext.fsGroupChangePolicy", "OnRootMismatch", "Always"),
          words(
              WORKLOAD + "securityContext.seccompProfile.type",
              "RuntimeDefault",
              "Localhost",
              "Unconfined"),
          words(
              WORKLOAD + "topologySpreadConstraints[].whenUnsatisfiable",
              "DoNotSchedule",
              "ScheduleAnyway"),
          words(WORKLOAD + "containers[].imagePullPolicy", "Always", "IfNotPresent", "Never"),
          words("Service.spec.type", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
          words("Service.spec.externalTrafficPolicy", "Cluster", "Local"),
          words("NetworkPolicy.spec.policyTypes[]", "Ingress", "Egress"),
          words(
              "PodDisruptionBudget.spec.unhealthyPodEvictionPolicy",
              "IfHealthyBudget",
              "AlwaysAllow"),
          words(
              "Role.rules[].verbs[]",
              "get",
              "list",
              "watch",
              "create",
              "update",
              "patch",
              "delete",
              "deletecollection"),
          words(
              "HorizontalPodAutoscaler.spec.metrics[].type",
              "ContainerResource",
              "External",
              "Object",
              "Pods",
              "Resource"),
          words(
              "HorizontalPodAutoscaler.spec.metrics[].*.target.type",
              "Utilization",
              "Value",
              "AverageValue"),
          words("HorizontalPodAutoscaler.spec.behavior.*.selectPolicy", "Max", "Min", "Disabled"),
          words("HorizontalPodAutoscaler.spec.behavior.*.policies[].type", "Pods", "Percent"),
          words("Secret.type", "Opaque", "kubernetes.io/tls"),
          words("Certificate.spec.privateKey.algorithm", "RSA", "ECDSA", "Ed25519"),
          words("Certificate.spec.privateKey.encoding", "PKCS1", "PKCS8"),
          words("Certificate.spec.privateKey.rotationPolicy", "Never", "Always"),
          words(
              "Certificate.spec.usages[]",
              "digital signature",
              "key encipherment",
              "server auth",
              "client auth",
              "cert sign"));

  /** Fields whose values are words of an enumeration, so the table has to have them. */
  private static final Pattern WORD =
      Pattern.compile(
          ".*([.][a-zA-Z]*Policy|[.]type|[.]whenUnsatisfiable|[.]when(Deleted|Scaled))");

  private final Gson gson = JSON.getGson();

  /** What is wrong with an object; nothing if it is fine. */
  List<String> mistakes(Map<?, ?> object) {
    List<String> mistakes = new ArrayList<>();
    String kind = object.get("apiVersion") + "/" + object.get("kind");
    Class<?> model = KINDS.get(kind);
    if (model != null) {
      try {
        Object _ = gson.fromJson(gson.toJsonTree(object), model);
      } catch (JsonParseException | IllegalArgumentException | QuantityFormatException e) {
        mistakes.add(Manifests.name(object) + ": " + e.getMessage());
      }
    } else if (OTHERS.containsKey(kind)) {
      Manifests.leaves(object).keySet().stream()
          .filter(path -> path.startsWith("spec.") && !OTHERS.get(kind).contains(path))
          .forEach(path -> mistakes.add(Manifests.name(object) + ": unknown field " + path));
    } else {
      mistakes.add(Manifests.name(object) + ": unknown kind " + kind);
    }
    Manifests.leaves(object)
        .forEach(
            (path, values) -> {
              String place = object.get("kind") + "." + path;
              Optional<Set<String>> words = wordsAt(place);
              if (words.isEmpty() && WORD.matcher(place).matches()) {
                mistakes.add(place + ": which words may stand here?");
              }
              values.stream()
                  .filter(value -> words.isPresent() && !words.get().contains(value))
                  .forEach(
                      value -> mistakes.add(place + ": \"" + value + "\" is none of " + words));
            });
    return mistakes;
  }

  private static Optional<Set<String>> wordsAt(String place) {
    return WORDS.entrySet().stream()
        .filter(known -> known.getKey().matcher(place).matches())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * @param place {@code *} stands for any letters, {@code (a|b)} for one of the two
   */
  private static Map.Entry<Pattern, Set<String>> words(String place, String... words) {
    return entry(
        Pattern.compile(
            place.replace("[]", "\\[\\]").replace(".", "\\.").replace("*", "[A-Za-z]+")),
        Set.of(words));
  }
}
