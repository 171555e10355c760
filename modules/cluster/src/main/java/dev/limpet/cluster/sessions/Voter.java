package dev.limpet.cluster.sessions;

/** Answers the rounds of all nodes, its own included, for this node. The replica's thread calls. */
final class Voter {

  private final Sessions sessions;
  private final Peers peers;
  private boolean synced;

  Voter(Sessions sessions, Peers peers) {
    this.sessions = sessions;
    this.peers = peers;
  }

  /** Whether this node holds the table; its votes count then, if it is one of the voters. */
  boolean isSynced() {
    return synced;
  }

  void synced() {
    synced = true;
  }

  Wire.Promise answer(Wire.Prepare prepare) {
    long millis = sessions.clock().millis();
    sessions.clock().observe(prepare.ballot());
    return new Wire.Promise(
        reply(prepare),
        prepare.round(),
        votes(prepare),
        sessions.acceptor().prepare(prepare.ballot(), prepare.keys(), millis));
  }

  Wire.Ack answer(Wire.Accept accept) {
    long millis = sessions.clock().millis();
    return new Wire.Ack(
        reply(accept),
        accept.round(),
        votes(accept),
        sessions.acceptor().accept(accept.entries(), millis),
        sessions.acceptor().granted(sessions.clock().nanos()));
  }

  Wire.Ack answer(Wire.Write write) {
    learn(write.entries());
    return new Wire.Ack(reply(write), write.round(), votes(write), new long[0], new long[0]);
  }

  /** Takes in placements that hold. */
  void learn(long[] entries) {
    for (int at = 0; at < entries.length; at += Bucket.LONGS) {
      sessions.clock().observe(Bucket.version(entries, at));
    }
    sessions.store().merge(entries);
    sessions.acceptor().decided(entries);
  }

  /** A vote is one of the voters whom the proposer knows, too. */
  private boolean votes(Wire message) {
    return synced && peers.selfVotes() && message.envelope().epoch() == peers.electorate().epoch();
  }

  private Wire.Envelope reply(Wire message) {
    return peers.envelopeTo(message.envelope().from());
  }
}
