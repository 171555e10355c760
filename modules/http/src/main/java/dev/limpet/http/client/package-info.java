/**
 * The client's side of a connection, whatever its protocol: who answers its requests, its
 * deadlines, its refusals.
 */
@NullMarked
package dev.limpet.http.client;

import org.jspecify.annotations.NullMarked;
