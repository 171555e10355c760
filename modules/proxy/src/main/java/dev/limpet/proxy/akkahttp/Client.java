package dev.limpet.proxy.akkahttp;

import dev.limpet.model.Cidr;
import dev.limpet.transport.Loop;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The connection a request came by.
 *
 * @param remote who is at its other end, which may be a proxy
 * @param listener the name of the listener that took it
 * @param secure whether it is TLS
 * @param trustedProxies the listener's: whose word counts for who the client is
 */
public record Client(
    Loop loop,
    InetSocketAddress remote,
    String listener,
    boolean secure,
    List<Cidr> trustedProxies) {}
