package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import dev.limpet.cluster.sessions.ClusterClock;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one of the cluster's keys. Names are ordered by the age of what they name.
 *
 * @param version of the cluster's clock when the key was made
 * @param suffix tells it from a key that another node made at the same time
 */
record KeyName(long version, String suffix) implements Comparable<KeyName> {

  static final Codec<KeyName> CODEC = new Codec<>(KeyName::toString, KeyName::decode);

  private static final Pattern TEXT = Pattern.compile("([0-9a-f]{16})-([0-9a-f-]{36})");
  private static final int HEXADECIMAL = 16;

  static KeyName of(long version) {
    return new KeyName(version, UUID.randomUUID().toString());
  }

  private static KeyName decode(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a key's name: " + text);
    }
    return new KeyName(Long.parseUnsignedLong(matcher.group(1), HEXADECIMAL), matcher.group(2));
  }

  /** When the key was made, by the cluster's time in milliseconds. */
  long madeAt() {
    return ClusterClock.millisOf(version);
  }

  @Override
  public int compareTo(KeyName other) {
    int order = Long.compareUnsigned(version, other.version);
    return order != 0 ? order : suffix.compareTo(other.suffix);
  }

  @Override
  public String toString() {
    return "%016x-%s".formatted(version, suffix);
  }
}
