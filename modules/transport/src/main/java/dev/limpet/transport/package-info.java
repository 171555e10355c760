/**
 * Clients' connections: Akka Streams TCP on Netty's native event loops. It knows nothing of HTTP
 * but how its versions begin. Start with {@link dev.limpet.transport.Listener}, then {@link
 * dev.limpet.transport.ProtocolDetector} and {@link dev.limpet.transport.ChannelStage}.
 */
@NullMarked
package dev.limpet.transport;

import org.jspecify.annotations.NullMarked;
