package dev.limpet.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * One thread that carries connections.
 *
 * @param dispatcherId the Akka dispatcher that runs streams on this loop
 * @param channelClass what outgoing connections of this loop are made of
 */
public record Loop(
    int index, String dispatcherId, EventLoop executor, Class<? extends Channel> channelClass) {}
