/**
 * Servers that nobody lists: {@link dev.limpet.cluster.discovery.DiscoveryMonitor} asks DNS or
 * Kubernetes for them; and nodes that DNS names.
 */
@NullMarked
package dev.limpet.cluster.discovery;

import org.jspecify.annotations.NullMarked;
