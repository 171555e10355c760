/**
 * {@code limpet certs}: certificates for the nodes of a cluster. Start with {@link
 * dev.limpet.node.certs.CertsCommand}.
 */
@NullMarked
package dev.limpet.node.certs;

import org.jspecify.annotations.NullMarked;
