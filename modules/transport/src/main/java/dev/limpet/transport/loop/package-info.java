/**
 * The threads that carry connections. One thread is a Netty event loop and an Akka dispatcher at
 * once, so a connection and its stream never change threads. Start with {@link
 * dev.limpet.transport.loop.Loop}, then {@link dev.limpet.transport.loop.EventLoops}, which makes
 * them.
 */
@NullMarked
package dev.limpet.transport.loop;

import org.jspecify.annotations.NullMarked;
