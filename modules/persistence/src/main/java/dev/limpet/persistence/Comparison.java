package dev.limpet.persistence;

import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.Position;
import dev.limpet.persistence.peers.PeerMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;

/**
 * This node's questions to the others for what it lacks, and which of them it has heard everything
 * from. One thread at a time.
 */
final class Comparison {

  /** Ids in one message. */
  private static final int MOST_IDS = 5_000;

  /** What a peer has and this node has not got yet. */
  private static final class Gap {

    private final Set<String> ids;
    private boolean values;
    private final boolean more;
    private final boolean complete;

    Gap(Set<String> ids, boolean values, boolean more, boolean complete) {
      this.ids = ids;
      this.values = values;
      this.more = more;
      this.complete = complete;
    }
  }

  private final Ledger ledger;
  private final BiConsumer<Long, PeerMessage> send;
  private final Map<Long, Gap> gaps = new HashMap<>();
  private final Set<Long> heardAll = new HashSet<>();

  /** Up to which their changes are not known one by one. */
  private final Map<Long, Position> horizons = new HashMap<>();

  Comparison(Ledger ledger, BiConsumer<Long, PeerMessage> send) {
    this.ledger = ledger;
    this.send = send;
  }

  /** Only these are there now. */
  void retain(Set<Long> peers) {
    gaps.keySet().retainAll(peers);
    heardAll.retainAll(peers);
    horizons.keySet().retainAll(peers);
  }

  /** Whether all that a peer had in its journal is here, as of some time since this node began. */
  boolean hasHeardAll(long peer) {
    return heardAll.contains(peer);
  }

  int countHeardAll() {
    return heardAll.size();
  }

  void ask(long peer) {
    Position from = later(ledger.horizon(), horizons.getOrDefault(peer, Position.FIRST));
    send.accept(peer, new PeerMessage.Pull(from, ledger.digests(from), ledger.valuesDigest()));
  }

  /**
   * Answers a peer's question.
   *
   * @param complete whether this node's own journal has been read
   */
  void answer(long peer, PeerMessage.Pull pull, boolean complete) {
    Position from = later(ledger.horizon(), pull.from());
    long[] own = ledger.digests(from);
    // Digests of more than this node has one by one tell nothing.
    boolean comparable = from.equals(pull.from());
    boolean[] chosen = new boolean[Ledger.PARTS];
    int first = ThreadLocalRandom.current().nextInt(Ledger.PARTS);
    int room = MOST_IDS;
    boolean more = false;
    for (int i = 0; i < Ledger.PARTS; i++) {
      int part = (first + i) % Ledger.PARTS;
      if (!comparable || own[part] != pull.digests()[part]) {
        // Another time it is another part's turn to be the first.
        chosen[part] = room > 0;
        more |= room <= 0;
        room -= ledger.size() / Ledger.PARTS;
      }
    }
    send.accept(
        peer,
        new PeerMessage.Have(
            ledger.horizon(),
            ledger.ids(from, chosen),
            more,
            pull.values() == ledger.valuesDigest(),
            complete));
  }

  void onHave(long peer, PeerMessage.Have have) {
    Set<String> lacked = new HashSet<>();
    for (String id : have.ids()) {
      if (!ledger.contains(id)) {
        lacked.add(id);
      }
    }
    horizons.put(peer, have.horizon());
    Gap gap = new Gap(lacked, !have.same(), have.more(), have.complete());
    gaps.put(peer, gap);
    if (!lacked.isEmpty()) {
      send.accept(peer, new PeerMessage.Want(lacked));
    } else if (gap.values) {
      send.accept(peer, new PeerMessage.WantValues());
    }
    look(peer, gap);
  }

  /** Changes have come from a peer, and are in the ledger. */
  void onChanges(long peer, Set<String> ids) {
    Gap gap = gaps.get(peer);
    if (gap != null && gap.ids.removeAll(ids) && gap.ids.isEmpty()) {
      if (gap.more) {
        ask(peer);
      } else if (gap.values) {
        send.accept(peer, new PeerMessage.WantValues());
      }
      look(peer, gap);
    }
  }

  /** All values have come from a peer, and are in the ledger. */
  void onValues(long peer) {
    Gap gap = gaps.get(peer);
    if (gap != null) {
      gap.values = false;
      look(peer, gap);
    }
  }

  private static Position later(Position one, Position other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private void look(long peer, Gap gap) {
    if (gap.ids.isEmpty() && !gap.values && !gap.more && gap.complete) {
      heardAll.add(peer);
    }
  }
}
