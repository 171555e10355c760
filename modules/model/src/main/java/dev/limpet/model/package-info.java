/**
 * What every module of Limpet talks about: settings as validated records, and the ports through
 * which the data plane reads the cluster. Start with {@link dev.limpet.model.Settings}, then {@link
 * dev.limpet.model.ClusterState}.
 */
@NullMarked
package dev.limpet.model;

import org.jspecify.annotations.NullMarked;
