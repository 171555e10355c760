package dev.limpet.model.net;

import java.net.BindException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;

/** Why an address cannot be listened on, in words for an operator. */
public final class BindFailure {

  private static final int FIRST_UNPRIVILEGED = 1024;

  private BindFailure() {}

  /**
   * @param failure the system's, perhaps wrapped
   */
  public static BindException of(HostPort address, Throwable failure) {
    BindException named =
        new BindException("cannot listen on " + address + ": " + reason(address, failure));
    named.initCause(failure);
    return named;
  }

  private static String reason(HostPort address, Throwable failure) {
    String last = "";
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("Permission denied")) {
        return address.port() < FIRST_UNPRIVILEGED
            ? "no permission for a port below 1024; docs/operations.md, \"Privileged ports\", says how"
            : "no permission";
      }
      if (message.contains("in use")) {
        return "the address is in use";
      }
      if (message.contains("Cannot assign requested address")
          || message.contains("not available")) {
        return "this machine has no such address";
      }
      if (cause instanceof UnknownHostException
          || cause instanceof UnresolvedAddressException
          || message.contains("nresolved address")) {
        return "there is no address for this name";
      }
      last = message;
      String own = OwnShortage.of(cause);
      if (own != null) {
        return own;
      }
    }
    return last;
  }
}
