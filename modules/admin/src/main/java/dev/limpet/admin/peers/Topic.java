package dev.limpet.admin.peers;

import org.jspecify.annotations.Nullable;

/** What a letter is about. */
public enum Topic {
  /** Asks for a report. */
  ASK(1),
  /** What a node has counted and timed. */
  REPORT(2),
  /** Asks for the events of the cluster. */
  ASK_EVENTS(3),
  /** Events. */
  EVENTS(4),
  /** Asks for single requests, for some seconds. */
  WATCH_REQUESTS(5),
  /** Single requests. */
  REQUESTS(6);

  private final byte number;

  Topic(int number) {
    this.number = (byte) number;
  }

  byte number() {
    return number;
  }

  /** Null for one of a later version. */
  static @Nullable Topic of(byte number) {
    for (Topic topic : values()) {
      if (topic.number == number) {
        return topic;
      }
    }
    return null;
  }
}
