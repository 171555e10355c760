package dev.limpet.proxy.akkahttp;

import dev.limpet.model.Cidr;
import dev.limpet.model.Settings;
import dev.limpet.transport.Connection;
import dev.limpet.transport.Loop;
import java.net.InetSocketAddress;
import java.util.List;

/** The connection a request came by, and the listener that took it. */
public record Client(Connection connection, Settings.Listener settings) {

  public Loop loop() {
    return connection.loop();
  }

  /** Who is at the connection's other end, which may be a proxy. */
  public InetSocketAddress remote() {
    return connection.remote();
  }

  /** Whether the connection is TLS. */
  public boolean secure() {
    return settings.tls().isPresent();
  }

  /** The listener's name. */
  public String listener() {
    return settings.name();
  }

  /** Whose word counts for who the client is. */
  public List<Cidr> trustedProxies() {
    return settings.trustedProxies();
  }
}
