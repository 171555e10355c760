package dev.limpet.proxy.tracing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A {@code tracestate}: what others want to hear again of a trace (W3C Trace Context, level 1,
 * section 3.3). Limpet passes it on, and adds nothing.
 */
final class TraceState {

  private static final int MAX_MEMBERS = 32;

  /** So many characters have to be passed on, and so many are. */
  private static final int MAX_LENGTH = 512;

  /** Longer members go first where not all have room. */
  private static final int LONG_MEMBER = 128;

  private static final Pattern MEMBER =
      Pattern.compile(
          "([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
              + "=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]");

  private TraceState() {}

  /**
   * The header lines as one, as it goes on; empty where there are none, or one is not by the
   * standard.
   */
  static String of(List<String> lines) {
    if (lines.isEmpty()) {
      return "";
    }
    List<String> members = new ArrayList<>();
    for (String line : lines) {
      for (String part : line.split(",", -1)) {
        String member = part.strip();
        if (member.isEmpty()) {
          continue;
        }
        if (members.size() == MAX_MEMBERS || !MEMBER.matcher(member).matches()) {
          return "";
        }
        members.add(member);
      }
    }
    return joined(members);
  }

  private static String joined(List<String> members) {
    String all = String.join(",", members);
    if (all.length() <= MAX_LENGTH) {
      return all;
    }
    List<String> left = new ArrayList<>(members);
    while (!left.isEmpty() && length(left) > MAX_LENGTH) {
      int gone = left.size() - 1;
      for (int i = left.size() - 1; i >= 0; i--) {
        if (left.get(i).length() > LONG_MEMBER) {
          gone = i;
          break;
        }
      }
      left.remove(gone);
    }
    return String.join(",", left);
  }

  private static int length(List<String> members) {
    return members.stream().mapToInt(String::length).sum() + members.size() - 1;
  }
}
