package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;

/**
 * This node's part in deciding where sessions go that have to move: it promises a proposer not to
 * heed older proposals, and accepts what it has not promised away. Single-decree Paxos for each
 * session, with the version of a placement as its ballot; a decided place can be replaced by a
 * later one, as in Rystsov, "CASPaxos: Replicated State Machines without logs" (2018).
 *
 * <p>It also promises other nodes, for as long as a lease lasts ({@link Peer}), to vote for no move
 * that they do not hear of. That holds whether they are members meanwhile or not, and whether this
 * node has begun another life in the cluster: they may not have heard of it.
 *
 * <p>Only the moves of the last seconds are here; what is decided is in the {@link SessionStore}.
 * The replica's thread alone calls, save for {@link #isUndecided}.
 */
final class Acceptor {

  /** No proposer goes on with a ballot for so long. */
  private static final long FORGET_MILLIS = 30_000;

  /** A proposer that lives has gone on or given up by then. */
  private static final long SETTLE_MILLIS = 5_000;

  private static final int DECIDE_AT_ONCE = 1_000;

  /**
   * How long a lease lasts for its grantor, from the moment it was asked: longer than for its
   * holder, for clocks may differ in speed.
   */
  static final long GRANT_NANOS = Peer.LEASE_NANOS + Peer.LEASE_NANOS / 10;

  private static final class Register {
    private long promised;
    private long backend;
    private long version;
    private long expiry;
    private long touched;
  }

  private final SessionStore store;
  private final Map<SessionKey, Register> registers = new HashMap<>();
  private final Set<SessionKey> undecided = ConcurrentHashMap.newKeySet();

  /** When the leases of other nodes end, by their uids. */
  private final Map<Long, Long> grantedUntil = new HashMap<>();

  Acceptor(SessionStore store) {
    this.store = store;
  }

  /** Votes for no move that this node does not hear of, for a while from now on. */
  void grant(long uid, long nanos) {
    grantedUntil.put(uid, nanos + GRANT_NANOS);
  }

  boolean isGranted(long uid, long nanos) {
    Long until = grantedUntil.get(uid);
    return until != null && until - nanos > 0;
  }

  /** Nodes that may answer clients by a lease from this one. */
  long[] granted(long nanos) {
    grantedUntil.values().removeIf(until -> until - nanos <= 0);
    return grantedUntil.keySet().stream().mapToLong(uid -> uid).toArray();
  }

  /** Whether a placement was accepted for the session that may or may not hold. Any thread. */
  boolean isUndecided(SessionKey key) {
    return !undecided.isEmpty() && undecided.contains(key);
  }

  /**
   * @param ballot 0 only reads
   * @return a {@link Known} for each key
   */
  long[] prepare(long ballot, long[] keys, long millis) {
    long[] known = new long[keys.length / 2 * Known.LONGS];
    for (int i = 0; i < keys.length / 2; i++) {
      SessionKey key = new SessionKey(keys[2 * i], keys[2 * i + 1]);
      prepare(ballot, key, millis).write(known, i);
    }
    return known;
  }

  /**
   * @return the indexes of those that are not accepted
   */
  long[] accept(long[] entries, long millis) {
    long[] refused = new long[entries.length / Bucket.LONGS];
    int count = 0;
    for (int at = 0; at < entries.length; at += Bucket.LONGS) {
      if (!accept(entries, at, millis)) {
        refused[count++] = at / Bucket.LONGS;
      }
    }
    return Arrays.copyOf(refused, count);
  }

  /** Forgets what these placements, which hold, have decided. */
  void decided(long[] entries) {
    if (registers.isEmpty()) {
      return;
    }
    for (int at = 0; at < entries.length; at += Bucket.LONGS) {
      SessionKey key = Bucket.key(entries, at);
      Register register = registers.get(key);
      if (register != null && register.version <= Bucket.version(entries, at)) {
        register.version = 0;
        undecided.remove(key);
      }
    }
  }

  /**
   * A majority has promised this ballot, so what was accepted here by a lower one, and by none of
   * the majority, will not come to hold.
   *
   * @param known the version of what they know; 0 if they know nothing
   */
  void abandon(SessionKey key, long ballot, long known) {
    Register register = registers.get(key);
    if (register != null && register.version < ballot && register.version != known) {
      register.version = 0;
      undecided.remove(key);
    }
  }

  /**
   * The placements that were accepted here and may or may not hold, of the groups from one to below
   * another.
   */
  long[] undecided(long fromGroup, long toGroup) {
    LongStream.Builder entries = LongStream.builder();
    for (SessionKey key : undecided) {
      int group = SessionStore.bucketOf(key) / SessionStore.GROUP_SIZE;
      Register register = registers.get(key);
      if (register != null && group >= fromGroup && group < toGroup) {
        Placement placement = new Placement(register.backend, register.version);
        LongStream.of(Bucket.entry(key, placement, register.expiry)).forEach(entries);
      }
    }
    return entries.build().toArray();
  }

  /**
   * Some of the sessions whose proposers have not come back to decide them in time.
   *
   * @return with the time at which each would expire
   */
  Map<SessionKey, Long> leftUndecided(long millis) {
    Map<SessionKey, Long> leftUndecided = new HashMap<>();
    for (SessionKey key : undecided) {
      Register register = registers.get(key);
      if (register != null && millis - register.touched > SETTLE_MILLIS) {
        leftUndecided.put(key, register.expiry);
        register.touched = millis;
      }
      if (leftUndecided.size() == DECIDE_AT_ONCE) {
        break;
      }
    }
    return leftUndecided;
  }

  /** Forgets promises that nobody relies on any more. */
  void forget(long millis) {
    Iterator<Map.Entry<SessionKey, Register>> all = registers.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<SessionKey, Register> entry = all.next();
      Register register = entry.getValue();
      boolean pending = register.version > 0 && register.expiry > millis;
      if (!pending && millis - register.touched > FORGET_MILLIS) {
        undecided.remove(entry.getKey());
        all.remove();
      }
    }
  }

  private Known prepare(long ballot, SessionKey key, long millis) {
    long[] held = store.entry(key);
    long version = held == null ? 0 : Bucket.version(held, 0);
    Register register = registers.get(key);
    if (ballot > 0) {
      long promised = register == null ? version : Math.max(version, register.promised);
      if (ballot <= promised) {
        return Known.refused(promised);
      }
      register = registers.computeIfAbsent(key, unseen -> new Register());
      register.promised = ballot;
      register.touched = millis;
    }
    if (register != null && register.version > version) {
      return new Known(Known.ACCEPTED, register.backend, register.version, register.expiry);
    }
    if (held != null && Bucket.expiry(held, 0) > millis) {
      return new Known(Known.DECIDED, Bucket.backend(held, 0), version, Bucket.expiry(held, 0));
    }
    return new Known(Known.NOTHING, 0, 0, 0);
  }

  private boolean accept(long[] entries, int at, long millis) {
    SessionKey key = Bucket.key(entries, at);
    long ballot = Bucket.version(entries, at);
    long[] held = store.entry(key);
    if (held != null && Bucket.version(held, 0) >= ballot) {
      // Decided already, by this ballot or, if it is a later one, past it.
      return Bucket.version(held, 0) == ballot;
    }
    Register register = registers.computeIfAbsent(key, unseen -> new Register());
    if (ballot < register.promised || ballot < register.version) {
      return false;
    }
    register.promised = ballot;
    if (register.version != ballot) {
      // Not touched when it only comes again: comparisons of tables tell of it all the time.
      register.backend = Bucket.backend(entries, at);
      register.version = ballot;
      register.expiry = Bucket.expiry(entries, at);
      register.touched = millis;
      undecided.add(key);
    }
    return true;
  }
}
