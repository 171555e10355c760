package dev.limpet.proxy.recording;

import java.nio.charset.StandardCharsets;

/** Texts that clients have sent, as records keep them. */
final class Texts {

  /** So much of a text is kept: records wait in memory, and clients choose their length. */
  private static final int MAX_TEXT = 4096;

  private Texts() {}

  static String shortened(String text) {
    String cut = text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    for (int i = 0; i < cut.length(); i++) {
      if (cut.charAt(i) >= 0x80) {
        return decoded(cut);
      }
    }
    return cut;
  }

  /** HTTP/1 headers have one char for each byte. */
  private static String decoded(String text) {
    return text.chars().allMatch(c -> c < 0x100)
        ? new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
        : text;
  }
}
