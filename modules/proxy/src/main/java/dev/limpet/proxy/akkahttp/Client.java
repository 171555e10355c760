package dev.limpet.proxy.akkahttp;

import dev.limpet.transport.Connection;
import dev.limpet.transport.Loop;
import java.net.InetSocketAddress;

/**
 * The connection a request came by.
 *
 * @param listener the name of the listener that took it
 */
public record Client(Connection connection, String listener, InterimResponses interim) {

  public Loop loop() {
    return connection.loop();
  }

  public InetSocketAddress remote() {
    return connection.remote();
  }

  public String address() {
    return remote().getAddress().getHostAddress();
  }
}
