package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import dev.limpet.model.state.AdminState;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * The state that an operator wants a server in, whatever the settings say.
 *
 * @param since the cluster's time in milliseconds; of two overrides the later one counts
 */
record AdminOverride(AdminState state, long since) {

  static final Codec<AdminOverride> CODEC =
      new Codec<>(AdminOverride::encode, AdminOverride::decode);

  private String encode() {
    return state + " " + since;
  }

  private static AdminOverride decode(String text) {
    int space = text.indexOf(' ');
    return new AdminOverride(
        AdminState.valueOf(text.substring(0, space)), Long.parseLong(text.substring(space + 1)));
  }

  /**
   * The state by now: a server that has drained for long enough gives up the sessions that are
   * left.
   *
   * @param drainDeadline zero if they may stay until they end
   */
  AdminState at(long millis, Duration drainDeadline) {
    boolean over = !drainDeadline.isZero() && millis - since >= drainDeadline.toMillis();
    return state == AdminState.DRAIN && over ? AdminState.DOWN : state;
  }

  /**
   * When the server gives up the sessions that are left, by the cluster's time in milliseconds;
   * never, if it does not drain or they may stay.
   */
  LongStream deadline(Duration drainDeadline) {
    return state == AdminState.DRAIN && !drainDeadline.isZero()
        ? LongStream.of(since + drainDeadline.toMillis())
        : LongStream.empty();
  }
}
