package dev.limpet.admin;

import dev.limpet.model.state.SessionKey;

/** Makes the key of an id that an operator asks for. */
public interface SessionLookup {

  /**
   * @param by the affinity rule, as settings name it
   * @param name of the cookie, header or parameter; may be empty if the rule has one only, or none
   * @throws IllegalArgumentException for the operator, if there is no such rule
   */
  SessionKey key(String upstream, String by, String name, String id);
}
