/** Addresses and names of the network, the tokens of HTTP, and how binding to an address fails. */
@NullMarked
package dev.limpet.model.net;

import org.jspecify.annotations.NullMarked;
