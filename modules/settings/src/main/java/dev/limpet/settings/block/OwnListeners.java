package dev.limpet.settings.block;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses at which this node itself listens: a server there would be sent its own requests
 * for ever.
 */
final class OwnListeners {

  private final List<Settings.Listener> listeners;

  OwnListeners(List<Settings.Listener> listeners) {
    this.listeners = listeners;
  }

  /**
   * The name of the listener at an address, or null. Names are not looked up, but for localhost.
   */
  @Nullable String at(HostPort address) {
    for (Settings.Listener listener : listeners) {
      HostPort bind = listener.bind();
      if (bind.port() != 0 && bind.port() == address.port() && isSame(bind.host(), address)) {
        return listener.name();
      }
    }
    return null;
  }

  private static boolean isSame(String bound, HostPort address) {
    if (bound.equalsIgnoreCase(address.host())) {
      return true;
    }
    boolean localhost = address.host().equalsIgnoreCase("localhost");
    if (!localhost && !address.isLiteral()) {
      return false;
    }
    try {
      InetAddress own = InetAddress.getByName(bound);
      if (localhost) {
        return own.isAnyLocalAddress() || own.isLoopbackAddress();
      }
      InetAddress asked = InetAddress.getByName(address.host());
      return own.isAnyLocalAddress()
          ? asked.isAnyLocalAddress()
              || asked.isLoopbackAddress()
              || NetworkInterface.getByInetAddress(asked) != null
          : own.equals(asked);
    } catch (IOException e) {
      return false;
    }
  }
}
