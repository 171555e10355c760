package dev.limpet.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Which EndpointSlices are asked for.
 *
 * @param what in words
 * @param selector of their labels
 * @param namespace empty for the pod's own
 */
record SliceQuery(String what, String selector, Optional<String> namespace) {

  /** The label that says which Service a slice is of. */
  private static final String SERVICE = "kubernetes.io/service-name";

  /** One of service and selector is there. */
  static SliceQuery of(
      Optional<String> service, Optional<String> selector, Optional<String> namespace) {
    return service
        .map(name -> new SliceQuery("Service " + name, SERVICE + "=" + name, namespace))
        .orElseGet(
            () -> new SliceQuery("labels " + selector.orElse(""), selector.orElse(""), namespace));
  }

  /** Behind the address of the API server. */
  String path(String namespace) {
    return "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices?labelSelector=%s"
        .formatted(namespace, URLEncoder.encode(selector, StandardCharsets.UTF_8));
  }
}
