/**
 * Who stays in the cluster when its nodes do not all reach each other: {@link
 * dev.limpet.cluster.downing.Survivors}.
 */
@NullMarked
package dev.limpet.cluster.downing;

import org.jspecify.annotations.NullMarked;
