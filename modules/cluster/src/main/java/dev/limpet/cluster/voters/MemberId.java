package dev.limpet.cluster.voters;

import akka.actor.Address;
import akka.cluster.Member;
import dev.limpet.model.net.HostPort;

/**
 * What a node is known by, whatever process it is at the moment: where the settings list the nodes,
 * the address that they list it under; else its name, since its address may be another one after a
 * restart.
 */
public final class MemberId {

  /** An Akka role of each member is this, and its name behind it. */
  public static final String NAME_ROLE = "name=";

  private MemberId() {}

  /**
   * @param fixed whether the settings list the nodes
   */
  public static String of(Member member, boolean fixed) {
    return fixed ? address(member).toString() : name(member);
  }

  /** The address that others reach it at. */
  public static HostPort address(Member member) {
    return address(member.address());
  }

  /** As {@link #address(Member)}; Akka has IPv6 addresses in brackets. */
  public static HostPort address(Address address) {
    String text = address.hostPort();
    return HostPort.parse(text.substring(text.indexOf('@') + 1));
  }

  /** The node's name; its address if it has told none, as those of version 0.1.0 do not. */
  public static String name(Member member) {
    for (String role : member.getRoles()) {
      if (role.startsWith(NAME_ROLE)) {
        return role.substring(NAME_ROLE.length());
      }
    }
    return address(member).toString();
  }
}
