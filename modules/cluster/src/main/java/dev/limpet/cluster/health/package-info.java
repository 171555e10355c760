/**
 * Health checks of this node: {@link dev.limpet.cluster.health.HealthMonitor} decides when to probe
 * which server, {@code Probe} is one look at one, and {@link dev.limpet.cluster.health.Observers}
 * says whose verdicts count. It knows nothing of how nodes tell each other.
 */
@NullMarked
package dev.limpet.cluster.health;

import org.jspecify.annotations.NullMarked;
