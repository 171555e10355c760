/**
 * What a run runs: nodes and backends, each a process, the network between them, and their clocks.
 * Start with {@link dev.limpet.e2e.affinity.site.Site}.
 */
@NullMarked
package dev.limpet.e2e.affinity.site;

import org.jspecify.annotations.NullMarked;
