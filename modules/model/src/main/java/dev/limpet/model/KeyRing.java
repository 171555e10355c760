package dev.limpet.model;

import java.util.Collections;
import java.util.List;

/**
 * Secrets that sign session cookies: the first signs, all verify.
 *
 * @param keys 32 bytes each; never logged, never returned by the API
 */
public record KeyRing(List<byte[]> keys) {

  /** A ring without keys: no cookie verifies and none can be signed. */
  public static final KeyRing EMPTY = new KeyRing(List.of());

  public KeyRing {
    keys = Collections.unmodifiableList(keys);
  }

  @Override
  public String toString() {
    return "KeyRing(" + keys.size() + " keys)";
  }
}
