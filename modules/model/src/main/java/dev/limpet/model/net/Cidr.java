package dev.limpet.model.net;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A block of IP addresses (RFC 4632, RFC 4291 section 2.3).
 *
 * @param prefix how many leading bits count
 */
public record Cidr(InetAddress network, int prefix) {

  /**
   * Reads an address, {@code 10.0.0.1}, or a block, {@code 10.0.0.0/8}.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    // Anything but a literal would be looked up in DNS.
    if (!address.matches("[0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
      throw new IllegalArgumentException(notOne(text));
    }
    try {
      InetAddress network = InetAddress.getByName(address);
      int bits = network.getAddress().length * 8;
      int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
      if (prefix < 0 || prefix > bits) {
        throw new IllegalArgumentException(
            "\"" + text + "\": the prefix must be between 0 and " + bits);
      }
      return new Cidr(network, prefix);
    } catch (UnknownHostException | NumberFormatException e) {
      throw new IllegalArgumentException(notOne(text), e);
    }
  }

  public boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] theirs = address.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    int whole = prefix / 8;
    for (int i = 0; i < whole; i++) {
      if (mine[i] != theirs[i]) {
        return false;
      }
    }
    int rest = prefix % 8;
    return rest == 0 || ((mine[whole] ^ theirs[whole]) & 0xff) >> (8 - rest) == 0;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefix;
  }

  private static String notOne(String text) {
    return "\"" + text + "\" is neither an IP address nor a block such as 10.0.0.0/8";
  }
}
