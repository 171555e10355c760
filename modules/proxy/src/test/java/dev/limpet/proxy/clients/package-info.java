/**
 * What a connection from a client costs, how it begins and ends, and who is let go when room runs
 * out.
 */
@NullMarked
package dev.limpet.proxy.clients;

import org.jspecify.annotations.NullMarked;
