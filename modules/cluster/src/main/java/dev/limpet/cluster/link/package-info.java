/**
 * Messages between nodes that are not the cluster's own business. Start with {@link
 * dev.limpet.cluster.link.Link}.
 */
@NullMarked
package dev.limpet.cluster.link;

import org.jspecify.annotations.NullMarked;
