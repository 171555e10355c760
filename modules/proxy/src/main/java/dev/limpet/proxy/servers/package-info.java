/**
 * The servers of each upstream: which are used, how much they have to do, and who waits for them.
 * Start with {@link dev.limpet.proxy.servers.Upstream}; requests read its {@link
 * dev.limpet.proxy.servers.RoutingSnapshot}.
 */
@NullMarked
package dev.limpet.proxy.servers;

import org.jspecify.annotations.NullMarked;
