/**
 * Decides where a request goes: which route, which client it is, which server. Pure Java, safe for
 * any thread. Start with {@link dev.limpet.balancing.RouteTable} and {@link
 * dev.limpet.balancing.Selector}.
 */
@NullMarked
package dev.limpet.balancing;

import org.jspecify.annotations.NullMarked;
