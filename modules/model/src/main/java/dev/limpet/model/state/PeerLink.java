package dev.limpet.model.state;

import java.util.List;
import java.util.function.BiConsumer;

/**
 * A way to send messages of one kind to the other nodes of the cluster, for what is not the
 * cluster's own business. Messages may be lost, doubled, and overtake one another. Safe for
 * threads; no method waits.
 */
public interface PeerLink {

  /** Bytes of the longest message. */
  int MAX_MESSAGE = 200_000;

  /**
   * Another node.
   *
   * @param uid of this run of its process
   */
  record Member(long uid, String address) {}

  /** The other members that can be reached, as far as is known. */
  List<Member> peers();

  /** How many nodes make a majority of all, this one included. */
  int majority();

  /** Sends if the peer is a member still. */
  void send(long uid, byte[] message);

  /**
   * Sets who hears of messages from others, with the uid of the sender. Called on a thread of the
   * cluster's; must not block.
   */
  void receive(BiConsumer<Long, byte[]> listener);
}
