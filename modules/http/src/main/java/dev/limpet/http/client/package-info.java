/**
 * The client's side of a connection, whatever its protocol: who answers its requests, its time
 * limits, its refusals. Start with {@link dev.limpet.http.client.RequestHandler}.
 */
@NullMarked
package dev.limpet.http.client;

import org.jspecify.annotations.NullMarked;
