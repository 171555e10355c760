/** Servers that nobody lists: {@link dev.limpet.cluster.discovery.DnsMonitor} asks DNS for them. */
@NullMarked
package dev.limpet.cluster.discovery;

import org.jspecify.annotations.NullMarked;
