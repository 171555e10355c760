package dev.limpet.model.secret;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Secrets of one kind that all nodes share: the first one signs or seals, all verify or open.
 *
 * @param keys random bytes; never logged, never returned by the API
 */
public record KeyRing(List<byte[]> keys) {

  /** A ring without keys: nothing can be signed or sealed, and nothing verifies. */
  public static final KeyRing EMPTY = new KeyRing(List.of());

  public KeyRing {
    keys = Collections.unmodifiableList(keys);
  }

  /** These, with others behind them. */
  public KeyRing and(KeyRing others) {
    if (keys.isEmpty() || others.keys.isEmpty()) {
      return keys.isEmpty() ? others : this;
    }
    List<byte[]> all = new ArrayList<>(keys);
    all.addAll(others.keys);
    return new KeyRing(all);
  }

  /** Whether the keys are the same, in the same order. */
  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof KeyRing ring) || ring.keys.size() != keys.size()) {
      return false;
    }
    boolean same = true;
    for (int i = 0; i < keys.size(); i++) {
      same &= MessageDigest.isEqual(keys.get(i), ring.keys.get(i));
    }
    return same;
  }

  @Override
  public int hashCode() {
    return keys.size();
  }

  @Override
  public String toString() {
    return "KeyRing(" + keys.size() + " keys)";
  }
}
