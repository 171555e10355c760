/**
 * What Limpet asks Kubernetes: which endpoints a Service has. Start with {@link
 * dev.limpet.kubernetes.KubernetesApi}, the door, and {@link dev.limpet.kubernetes.SliceSource},
 * which lists EndpointSlices and then hears of their changes.
 */
@NullMarked
package dev.limpet.kubernetes;

import org.jspecify.annotations.NullMarked;
