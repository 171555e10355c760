/**
 * Tools for any Netty channel, a client's or a server's: how much is read at once, how it is looked
 * into, how it is closed. Start with {@link dev.limpet.transport.channel.LingeringClose}.
 */
@NullMarked
package dev.limpet.transport.channel;

import org.jspecify.annotations.NullMarked;
