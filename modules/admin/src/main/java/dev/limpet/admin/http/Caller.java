package dev.limpet.admin.http;

import dev.limpet.model.settings.Admin;

/**
 * Somebody who asks the admin API.
 *
 * @param name the token's, or the subject of the certificate; where the listener asks for neither,
 *     the name that the caller gives itself, which nobody has checked, and which may be empty
 * @param role what it may do
 * @param address where it is
 * @param proven whether a token or a certificate says so
 * @param page the origin of the page that has sent the request; empty where none has
 */
public record Caller(String name, Admin.Role role, String address, boolean proven, String page) {

  /** As the log has it: {@code ops at 10.0.0.9}. A name that is not proven is in quotes. */
  @Override
  public String toString() {
    String who = name.isEmpty() ? "" : proven ? name + " at " : "\"" + name + "\" at ";
    return who + address + (page.isEmpty() ? "" : ", a page of " + page);
  }
}
