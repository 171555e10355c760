/**
 * Tunnels: two connections, or a connection and a stream of one, whose bytes go from one to the
 * other untouched. Start with {@link dev.limpet.transport.tunnel.Tunnels}.
 */
@NullMarked
package dev.limpet.transport.tunnel;

import org.jspecify.annotations.NullMarked;
