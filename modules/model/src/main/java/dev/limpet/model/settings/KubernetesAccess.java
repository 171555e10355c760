package dev.limpet.model.settings;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a node speaks to Kubernetes.
 *
 * @param api where the API server is; empty for what the environment of a pod says
 * @param serviceAccount the folder of the token, the authority's certificate and the namespace
 */
public record KubernetesAccess(Optional<URI> api, Path serviceAccount) {

  /** As in a pod where nothing is set. */
  public static final KubernetesAccess USUAL =
      new KubernetesAccess(
          Optional.empty(), Path.of("/var/run/secrets/kubernetes.io/serviceaccount"));
}
