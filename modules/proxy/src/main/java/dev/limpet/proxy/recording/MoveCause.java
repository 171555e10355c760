package dev.limpet.proxy.recording;

import java.util.Locale;

/** Why a session has moved to another server. */
public enum MoveCause {
  /** Its server was dead, down or no more. */
  GONE,
  /** Its server could not be connected to. */
  UNREACHABLE,
  /** Its server was full, and {@code affinity.on-full} is {@code move}. */
  FULL,
  /** Its server's answer was a refusal, and {@code retries.move-sessions} is on. */
  REFUSED;

  private final String word = name().toLowerCase(Locale.ROOT);

  String word() {
    return word;
  }
}
