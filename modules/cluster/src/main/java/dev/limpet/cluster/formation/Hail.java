package dev.limpet.cluster.formation;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.util.List;
import java.util.Objects;

/**
 * One message between two nodes that find each other by a discovery.
 *
 * @param name the sender's
 * @param process which one of that name it is, by when it started: the lower is the elder
 * @param from where the sender can be reached
 * @param stamp with STAND the candidate's monotonic clock in nanoseconds, which a VOTE repeats; of
 *     no meaning with other words
 * @param voters the newest that the sender knows
 * @param quorum whether the sender is a member, and a majority of these with it
 * @param sightings other nodes that it has found, or heard from
 */
record Hail(
    Word word,
    String name,
    long process,
    HostPort from,
    long stamp,
    Electorate voters,
    boolean quorum,
    List<Sighting> sightings)
    implements Formation.Command {

  enum Word {
    /** Are you a member? */
    ASK,
    /** Are you a member, and if not, may I found the cluster? */
    STAND,
    MEMBER,
    VOTE,
    /** Neither a member nor free to vote. */
    NOTHING,
    /** Another node has your name. */
    NAMESAKE
  }

  /**
   * Where the sender knows that a node is, or may be.
   *
   * @param name empty where it has not heard from it
   * @param age how many milliseconds ago it has
   */
  record Sighting(String name, HostPort address, long age) {

    Sighting {
      Objects.requireNonNull(name);
      Objects.requireNonNull(address);
    }
  }

  Hail {
    Objects.requireNonNull(word);
    Objects.requireNonNull(from);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("no name");
    }
    sightings = List.copyOf(sightings);
  }
}
