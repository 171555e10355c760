/**
 * TLS at both sides of the proxy: {@link dev.limpet.transport.tls.TlsServer} for a listener's
 * clients, {@link dev.limpet.transport.tls.TlsClient} for an upstream's servers.
 */
@NullMarked
package dev.limpet.transport.tls;

import org.jspecify.annotations.NullMarked;
