package dev.limpet.model.settings;

import dev.limpet.model.settings.ServerOptions.Backup;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What operators have changed of a server while nodes run, as far as its {@link Server} does not
 * show it.
 *
 * @param order the state that they want it in; empty: what the settings say, {@link
 *     ServerOptions#down}
 * @param patch for a server that is found; those that the settings list are patched already
 */
public record ServerChange(Optional<Order> order, Patch patch) {

  public static final ServerChange NONE = new ServerChange(Optional.empty(), Patch.NONE);

  /**
   * An operator's order.
   *
   * @param since when it was given, by the cluster's time in milliseconds since 1970
   */
  public record Order(AdminState state, long since) {

    /**
     * The state by now: a server that has drained for long enough gives up the sessions that are
     * left.
     *
     * @param drainDeadline zero if they may stay until they end
     */
    public AdminState at(long millis, Duration drainDeadline) {
      boolean over = !drainDeadline.isZero() && millis - since >= drainDeadline.toMillis();
      return state == AdminState.DRAIN && over ? AdminState.DOWN : state;
    }

    /**
     * When the server gives up the sessions that are left, by the cluster's time in milliseconds;
     * never, if it does not drain or they may stay.
     */
    public OptionalLong deadline(Duration drainDeadline) {
      return state == AdminState.DRAIN && !drainDeadline.isZero()
          ? OptionalLong.of(since + drainDeadline.toMillis())
          : OptionalLong.empty();
    }
  }

  /** Other values than those that a server has by itself; empty where it keeps its own. */
  public record Patch(
      OptionalInt weight,
      OptionalInt maxConnections,
      Optional<Backup> backup,
      Optional<Duration> slowStart,
      Optional<String> zone) {

    public static final Patch NONE =
        new Patch(
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** The server with these values. */
    public Server on(Server server) {
      ServerOptions own = server.options();
      return new Server(
          server.id(),
          server.address(),
          weight.orElse(server.weight()),
          maxConnections.orElse(server.maxConnections()),
          new ServerOptions(
              backup.orElse(own.backup()),
              own.down(),
              slowStart.orElse(own.slowStart()),
              zone.orElse(own.zone())));
    }
  }
}
