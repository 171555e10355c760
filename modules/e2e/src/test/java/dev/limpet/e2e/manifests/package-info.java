/**
 * What k8s/ holds, built by kubectl and held against Kubernetes' schema and good practice, without
 * a cluster. Start with {@link dev.limpet.e2e.manifests.ManifestsTest}.
 */
@NullMarked
package dev.limpet.e2e.manifests;

import org.jspecify.annotations.NullMarked;
