package dev.limpet.e2e.affinity.history;

import java.util.List;

/**
 * What is known of one node.
 *
 * @param polls in the order of time, none overlapping
 * @param off when it was dead, starting, stopping or frozen by our own doing, or had ended by
 *     itself
 */
public record NodeLife(List<Poll> polls, List<Span> off) {

  /**
   * Whether the node said that it was ready before, after and all the while, and nothing was done
   * to it meanwhile.
   */
  boolean ready(long from, long until) {
    if (isOff(from, until)) {
      return false;
    }
    int next = firstBegunAfter(from);
    int poll = next - 1;
    while (poll >= 0 && polls.get(poll).ended() > from) {
      poll--;
    }
    if (poll < 0) {
      return false;
    }
    for (; poll < polls.size(); poll++) {
      if (!polls.get(poll).ready()) {
        return false;
      }
      if (polls.get(poll).begun() >= until) {
        return true;
      }
    }
    return false;
  }

  boolean isOff(long from, long until) {
    return off.stream().anyMatch(span -> span.overlaps(from, until));
  }

  private int firstBegunAfter(long time) {
    int low = 0;
    int high = polls.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (polls.get(middle).begun() > time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
