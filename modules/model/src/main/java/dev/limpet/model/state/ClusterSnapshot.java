package dev.limpet.model.state;

import dev.limpet.model.secret.KeyRing;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One consistent look at the cluster, as this node knows it.
 *
 * @param servers every upstream's servers, each list ordered by id
 * @param elsewhere how many requests of the other nodes last at a server, by its id; only where
 *     some do
 * @param keys what signs session cookies
 * @param ticketKeys what seals TLS session tickets, {@link #TICKET_KEY_BYTES} each
 * @param nodes the members of the cluster, ordered by name
 * @param readiness whether this node may take traffic, and if not, why
 */
public record ClusterSnapshot(
    Map<String, List<ServerState>> servers,
    Map<String, Integer> elsewhere,
    KeyRing keys,
    KeyRing ticketKeys,
    List<Node> nodes,
    Readiness readiness) {

  /** 16 each that name the key, that sign, and that encrypt. */
  public static final int TICKET_KEY_BYTES = 48;

  /**
   * A TLS session is not resumed after so long, nor is a key needed for longer to open its ticket.
   */
  public static final Duration TICKET_LIFE = Duration.ofHours(12);

  /**
   * @param status the member status in Akka's words, in lower case: joining, up, leaving …
   * @param votes whether its vote counts; nodes that do not vote hold the session table as well
   * @param self whether it is this node
   */
  public record Node(
      String name, String address, String status, boolean reachable, boolean votes, boolean self) {

    /** Whether it is where it was, and as well as it was. */
    public boolean isAs(Node before) {
      return name.equals(before.name)
          && address.equals(before.address)
          && status.equals(before.status)
          && reachable == before.reachable;
    }
  }

  /**
   * @param waitingFor what is missing, in words for an operator; empty when nothing is
   * @param degraded whether the node takes traffic all the same: there is no majority of the nodes,
   *     and there may be none soon
   */
  public record Readiness(String waitingFor, boolean degraded) {

    public boolean ready() {
      return waitingFor.isEmpty() || degraded;
    }
  }
}
