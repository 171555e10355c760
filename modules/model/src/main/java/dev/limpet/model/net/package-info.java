/** Addresses and names of the network, and how binding to them fails. */
@NullMarked
package dev.limpet.model.net;

import org.jspecify.annotations.NullMarked;
