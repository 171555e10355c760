/**
 * The way into the cluster: {@link dev.limpet.cluster.formation.Formation} sees to it that there is
 * only one.
 */
@NullMarked
package dev.limpet.cluster.formation;

import org.jspecify.annotations.NullMarked;
