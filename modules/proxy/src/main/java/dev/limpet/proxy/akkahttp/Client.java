package dev.limpet.proxy.akkahttp;

import dev.limpet.transport.Loop;
import java.net.InetSocketAddress;

/**
 * The connection a request came by.
 *
 * @param listener the name of the listener that took it
 */
public record Client(Loop loop, InetSocketAddress remote, String listener) {

  public String address() {
    return remote.getAddress().getHostAddress();
  }
}
