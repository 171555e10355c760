/**
 * Chooses a server. {@link dev.limpet.balancing.HostSet} says which servers of an upstream may get
 * new clients, a {@link dev.limpet.balancing.Selector} picks one of them. Pure Java, safe for any
 * thread, as are the rooms beside it: {@code routing} for routes, {@code affinity} for clients, and
 * {@code request} for the facts that all of them look at.
 */
@NullMarked
package dev.limpet.balancing;

import org.jspecify.annotations.NullMarked;
