/**
 * Akka Streams TCP on Netty's native event loops; it knows nothing of HTTP. One thread is a Netty
 * event loop and an Akka dispatcher at once, so a connection and its stream never change threads.
 * Start with {@link dev.limpet.transport.Listener}, then {@link dev.limpet.transport.ChannelStage}.
 */
@NullMarked
package dev.limpet.transport;

import org.jspecify.annotations.NullMarked;
