package dev.limpet.cluster.state;

import dev.limpet.model.state.AdminState;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * What an operator ordered of a server.
 *
 * @param since the cluster's time in milliseconds; of two orders the later one counts
 */
record AdminOverride(AdminState state, long since) {

  String encode() {
    return state + " " + since;
  }

  static AdminOverride decode(String text) {
    int space = text.indexOf(' ');
    return new AdminOverride(
        AdminState.valueOf(text.substring(0, space)), Long.parseLong(text.substring(space + 1)));
  }

  /**
   * What the order amounts to by now: a server that has drained for long enough gives up the
   * sessions that are left.
   *
   * @param drainDeadline zero if they may stay until they end
   */
  AdminState at(long millis, Duration drainDeadline) {
    boolean over = !drainDeadline.isZero() && millis - since >= drainDeadline.toMillis();
    return state == AdminState.DRAIN && over ? AdminState.DOWN : state;
  }

  /**
   * When it gives up the sessions that are left, by the cluster's time in milliseconds; never, if
   * this orders no drain or they may stay.
   */
  LongStream deadline(Duration drainDeadline) {
    return state == AdminState.DRAIN && !drainDeadline.isZero()
        ? LongStream.of(since + drainDeadline.toMillis())
        : LongStream.empty();
  }
}
